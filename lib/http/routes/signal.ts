import type { Answer } from "../answer.ts";
import type { Call } from "../call.ts";
import { memberName, signalBody } from "../schemas.ts";
import { send } from "../send.ts";

/** Puts a signal in a channel of an instance; one that has not started yet finds it there. */
export async function signal(call: Call): Promise<Answer> {
  const { key, parts, idempotencyKey } = call;
  const channel = call.path("channel", memberName);
  const { signal: value } = call.body(signalBody);
  const envelope = call.envelope(idempotencyKey ?? parts.newId());
  await send(parts, { kind: "signal", ...envelope, ...key, channel, ...(value !== undefined && { value }) });
  return { status: 202, body: { ...key, channel } };
}
