import type { EngineMessage } from "../core/protocol/messages.ts";
import type { Json } from "../core/values/json.ts";
import { MAX_INLINE_BYTES } from "../core/values/limits.ts";
import { checkSize, escaped, pack, toMeta, unpack } from "../core/values/payload.ts";
import type { ApiParts } from "./api-setup.ts";

/**
 * Makes a message ready to be sent: a large value of it is put away first, under the run that the message is for, or
 * under the message's id. That is the run of a start; what another message brings, the engine moves to its run.
 *
 * @throws InfiniticError `PAYLOAD_TOO_LARGE`; a message by tag, whose value would belong to many, must be small
 */
export async function packed(
  { payloadStore }: Pick<ApiParts, "payloadStore">,
  message: EngineMessage,
): Promise<EngineMessage> {
  if (message.kind === "by-tag") {
    checkSize(JSON.stringify(message.operation), "an operation by tag", MAX_INLINE_BYTES);
    return escaped(message);
  }
  if (message.kind === "start" && message.meta) toMeta(message.meta);
  const { workflow, workflowId, id } = message;
  const run = ("run" in message ? message.run : undefined) ?? id;
  return pack(message, (text) => payloadStore.put({ workflow, workflowId, run }, text));
}

/** Shows a result as it was returned, wherever it is. */
export async function opened<V extends { readonly result?: Json }>(
  { payloadStore }: ApiParts,
  view: V,
): Promise<V> {
  if (view.result === undefined) return view;
  const { value } = await unpack({ value: view.result }, ({ key }) => payloadStore.get(key));
  return { ...view, result: value };
}
