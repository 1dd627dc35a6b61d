import { viewOf } from "../../core/view.ts";
import type { Answer } from "../answer.ts";
import type { Call } from "../call.ts";
import { preferenceApplied } from "../outcome.ts";
import { cancelBody } from "../schemas.ts";
import { send } from "../send.ts";
import { waitFor } from "../wait.ts";

/** Cancels an instance, or one of its methods; waits until that is done if the caller would. */
export async function cancel(call: Call): Promise<Answer> {
  const { key, parts, idempotencyKey } = call;
  const { methodId } = call.body(cancelBody);
  const messageId = idempotencyKey ?? parts.newId();
  const named = methodId === undefined ? {} : { methodId };
  await send(parts, { kind: "cancel", ...call.envelope(messageId), ...key, ...named });
  if (call.waitSeconds === undefined) return { status: 202, body: { ...key, ...named } };
  const { found } = await waitFor(call, key, (instance) => {
    const { state } = instance;
    return state.seen.has(messageId) || state.ended ? viewOf(instance).status : undefined;
  });
  return {
    status: found === undefined ? 202 : 200,
    headers: preferenceApplied(call),
    body: { ...key, ...named, ...(found !== undefined && { status: found }) },
  };
}
