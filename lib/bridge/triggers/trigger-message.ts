import { MESSAGE_FORMAT, type SignalMessage, type StartMessage } from "../../core/protocol/messages.ts";
import { workflowEngineTopic } from "../../core/protocol/topics.ts";
import { InfiniticError } from "../../core/values/errors.ts";
import { hash128 } from "../../core/values/hash.ts";
import { isWorkflowId } from "../../core/values/ids.ts";
import { type Json, readJson } from "../../core/values/json.ts";
import { pack } from "../../core/values/payload.ts";
import type { IncomingMessage, OutgoingMessage } from "../../ports/broker.ts";
import { firstIdOf } from "../dead-letters/dead-letter.ts";
import type { Trigger } from "./trigger-options.ts";

/**
 * Makes of a business message the message that starts or signals its workflow. Its id is a fixed function of the
 * message's position, so that of a message that is delivered again the effect is the same one (I1).
 *
 * @throws InfiniticError `MESSAGE_UNDECODABLE` without JSON or a workflow id in it; `MESSAGE_TOO_LARGE`
 */
export async function triggerMessage(
  trigger: Trigger,
  message: IncomingMessage,
  now: number,
): Promise<OutgoingMessage> {
  const value = parse(message.payload);
  const workflowId = idIn(value, trigger.id);
  const made = messageOf(trigger, message, { value, workflowId, now });
  const packed = await pack<StartMessage | SignalMessage>(made, async ({ length }) => {
    throw new InfiniticError(
      "MESSAGE_TOO_LARGE",
      `expected a value of at most 256 KB, which a message carries itself, got ${length} characters`,
    );
  });
  const topic = workflowEngineTopic(trigger.workflow);
  return { topic, key: workflowId, payload: JSON.stringify(packed) };
}

function messageOf(
  trigger: Trigger,
  message: IncomingMessage,
  { value, workflowId, now }: { readonly value: Json; readonly workflowId: string; readonly now: number },
): StartMessage | SignalMessage {
  const { workflow } = trigger;
  const { topic, publishedAt } = message;
  const id = hash128(`${topic}:${firstIdOf(message)}`);
  const envelope = { format: MESSAGE_FORMAT, id, workflow, workflowId };
  if (trigger.kind === "signal") {
    return { kind: "signal", ...envelope, at: now, channel: trigger.channel, value };
  }
  // Whether a start is too old to tell if it was seen before is counted from when it was published, however late it comes.
  return { kind: "start", ...envelope, at: publishedAt, method: trigger.method, args: [value] };
}

function parse(payload: string): Json {
  try {
    return readJson(payload) as Json; // what JSON gives
  } catch {
    throw undecodable("JSON", payload.slice(0, 100));
  }
}

/** Reads the workflow id that a path leads to: text, or a whole number. */
function idIn(value: Json, path: string): string {
  let found: unknown = value;
  for (const name of path.split(".")) {
    const holds = typeof found === "object" && found !== null && Object.hasOwn(found, name);
    found = holds ? (found as { readonly [name: string]: unknown })[name] : undefined;
  }
  const id = Number.isSafeInteger(found) ? String(found) : found;
  if (typeof id === "string" && isWorkflowId(id)) return id;
  const got = JSON.stringify(found)?.slice(0, 200) ?? "nothing";
  throw undecodable(`a workflow id at ${path}, 1 to 128 of A-Z a-z 0-9 . _ ~ @ -`, got);
}

function undecodable(expected: string, got: string): InfiniticError {
  return new InfiniticError("MESSAGE_UNDECODABLE", `expected ${expected}, got ${got}`);
}
