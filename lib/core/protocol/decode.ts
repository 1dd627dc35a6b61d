import { InfiniticError } from "../values/errors.ts";
import { codeWorkflow } from "../values/ids.ts";
import { BY_TAG, EXECUTE_TASK, type Fields, flawsIn, isCount, isObject, MESSAGES, passes } from "./fields.ts";
import {
  type ByTagMessage,
  ENCRYPTED_FORMAT,
  type EngineMessage,
  type ExecuteTaskMessage,
  type InstanceMessage,
  MESSAGE_FORMAT,
} from "./messages.ts";

/**
 * Reads a message to a workflow function: to an instance, or to all that have a tag.
 *
 * @param workflows the names that the function serves
 * @throws InfiniticError `MESSAGE_UNDECODABLE`, `MESSAGE_MISROUTED` (of another workflow),
 *   `MESSAGE_FORMAT_TOO_NEW` (a later version's: must wait, never be parked)
 */
export function decodeEngineMessage(payload: string, workflows: readonly string[]): EngineMessage {
  const message = parse(payload) as Partial<EngineMessage>;
  const fields = fieldsOf(message.kind);
  if (!fields) throw undecodable(`expected a message to a workflow, got kind ${show(message.kind)}`);
  check(message, fields);
  const { workflow } = message as InstanceMessage | ByTagMessage;
  if (!workflows.includes(codeWorkflow(workflow)))
    throw misrouted("workflow", workflows.join(" or "), workflow);
  return message as EngineMessage;
}

function fieldsOf(kind: unknown): Fields | undefined {
  if (kind === "by-tag") return BY_TAG;
  return typeof kind === "string" && Object.hasOwn(MESSAGES, kind)
    ? MESSAGES[kind as InstanceMessage["kind"]]
    : undefined;
}

/** Reads a task message of a service; throws as {@link decodeEngineMessage} does. */
export function decodeTaskMessage(payload: string, service: string): ExecuteTaskMessage {
  const message = parse(payload) as Partial<ExecuteTaskMessage>;
  if (message.kind !== "execute-task") {
    throw undecodable(`expected an execute-task message, got kind ${show(message.kind)}`);
  }
  check(message, EXECUTE_TASK);
  if (message.service !== service) throw misrouted("service", service, message.service);
  return message as ExecuteTaskMessage;
}

function parse(payload: string): { format?: unknown } {
  let message: unknown;
  try {
    message = JSON.parse(payload);
  } catch (cause) {
    throw new InfiniticError("MESSAGE_UNDECODABLE", `expected JSON, got ${payload.slice(0, 80)}`, { cause });
  }
  if (!isObject(message)) throw undecodable(`expected a JSON object, got ${payload.slice(0, 80)}`);
  const { format } = message as { format?: unknown };
  if (!isCount(format)) throw undecodable(`expected a format number, got ${show(format)}`);
  if (format === ENCRYPTED_FORMAT) {
    throw new InfiniticError(
      "MESSAGE_FORMAT_TOO_NEW",
      "expected a message that is not encrypted, got an encrypted one: give this function the key, by custom.infinitic.encryption",
    );
  }
  if ((format as number) > MESSAGE_FORMAT) {
    throw new InfiniticError(
      "MESSAGE_FORMAT_TOO_NEW",
      `expected a message of format ${MESSAGE_FORMAT} or older, got format ${format}: deploy the version that wrote it`,
    );
  }
  return message as { format?: unknown };
}

function check(message: object, fields: Fields): void {
  if (passes(message, fields)) return;
  const { kind } = message as { readonly kind?: unknown };
  throw undecodable(`expected a valid ${kind} message, got a wrong ${flawsIn(message, fields).join(", ")}`);
}

/** Writes a scalar; anything else only by its type, because a deeply nested value cannot be turned to text. */
function show(value: unknown): string {
  if (typeof value === "object") return value === null ? "null" : "an object";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

function undecodable(message: string): InfiniticError {
  return new InfiniticError("MESSAGE_UNDECODABLE", message);
}

function misrouted(what: string, expected: string, got: unknown): InfiniticError {
  return new InfiniticError(
    "MESSAGE_MISROUTED",
    `expected a message of ${what} ${expected}, got one of ${got}`,
  );
}
