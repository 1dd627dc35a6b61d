import { InfiniticError } from "./errors.ts";
import { codeWorkflow, isId, isName } from "./ids.ts";
import {
  type ByTagMessage,
  ENCRYPTED_FORMAT,
  type EngineMessage,
  type ExecuteTaskMessage,
  type InstanceMessage,
  MESSAGE_FORMAT,
  type Operation,
} from "./messages.ts";

type Check = (value: unknown) => boolean;
type Fields = { readonly [field: string]: Check };

const isText: Check = (value) => typeof value === "string" && value !== "";
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
/** As far from 1970 as a Date goes. */
const LATEST_MS = 8.64e15;
const isInstant: Check = (value) => typeof value === "number" && Math.abs(value) <= LATEST_MS;
const isObject: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/** What may be a tag, which is part of an item's key. */
const isTag: Check = (value) => typeof value === "string" && value.length >= 1 && value.length <= 128;
const isTags: Check = (value) => Array.isArray(value) && value.every(isTag);
const isWorkflow: Check = (value) => typeof value === "string" && isName(value);
const isWorkflowId: Check = (value) => typeof value === "string" && isId(value);
const isFailure: Check = (value) =>
  isObject(value) && isText((value as { name?: unknown }).name) && "message" in (value as object);
const isOutcome: Check = (value) => {
  const outcome = value as { kind?: unknown; failure?: unknown };
  return (
    isObject(value) &&
    (outcome.kind === "completed" || (outcome.kind === "failed" && isFailure(outcome.failure)))
  );
};
const isCaller: Check = (value) => isObject(value) && passes(value as object, CALLER);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const ENVELOPE: Fields = { id: isText, at: isInstant, traceparent: optional(isText) };
const INSTANCE: Fields = { ...ENVELOPE, workflow: isWorkflow, workflowId: isWorkflowId };
const ADDRESSED: Fields = { ...INSTANCE, run: optional(isText) };
const REPLY: Fields = { ...INSTANCE, run: isText };
const CALLER: Fields = { workflow: isWorkflow, workflowId: isWorkflowId, run: isText, command: isText };

const METHOD_CHOICE: Fields = { methodId: optional(isText) };
const OPERATIONS: { readonly [kind in Operation["kind"]]: Fields } = {
  signal: { channel: isText },
  method: { method: isText, args: Array.isArray },
  cancel: METHOD_CHOICE,
  retry: METHOD_CHOICE,
  "retry-tasks": {
    taskId: optional(isText),
    status: optional((value) => value === "failed" || value === "timedOut"),
    service: optional(isText),
  },
  "complete-timers": METHOD_CHOICE,
};
const isOperation: Check = (value) => {
  const { kind } = value as { kind?: unknown };
  return typeof kind === "string" && Object.hasOwn(OPERATIONS, kind)
    ? passes(value as object, OPERATIONS[kind as Operation["kind"]])
    : false;
};

const MESSAGES: { readonly [kind in InstanceMessage["kind"]]: Fields } = {
  start: {
    ...INSTANCE,
    // It becomes the run, which ids are split at.
    id: isWorkflowId,
    method: isText,
    args: Array.isArray,
    tags: optional(isTags),
    meta: optional(isObject),
    customId: optional(isText),
    caller: optional(isCaller),
  },
  signal: { ...ADDRESSED, ...OPERATIONS.signal },
  method: { ...ADDRESSED, ...OPERATIONS.method, caller: optional(isCaller) },
  cancel: { ...ADDRESSED, ...OPERATIONS.cancel },
  retry: { ...ADDRESSED, ...OPERATIONS.retry },
  "retry-tasks": { ...ADDRESSED, ...OPERATIONS["retry-tasks"] },
  "complete-timers": { ...ADDRESSED, ...OPERATIONS["complete-timers"] },
  "task-completed": { ...REPLY, command: isText },
  "attempt-failed": {
    ...REPLY,
    command: isText,
    sequence: isCount,
    attempt: isCount,
    failure: isFailure,
    nextInMs: optional(isInstant),
    meta: optional(isObject),
  },
  "task-delegated": {
    ...REPLY,
    command: isText,
    sequence: isCount,
    attempt: isCount,
    heartbeatMs: optional(isInstant),
  },
  "delegated-result": { ...REPLY, command: isText, outcome: isOutcome },
  heartbeat: { ...REPLY, command: isText },
  wake: { ...REPLY, dueAt: isInstant, cleansUp: optional((value) => value === true) },
  "child-ended": { ...REPLY, command: isText, number: isCount, outcome: isOutcome },
};

const BY_TAG: Fields = {
  ...ENVELOPE,
  workflow: isWorkflow,
  tag: isTag,
  operation: (value) => isObject(value) && isOperation(value),
  cursor: optional(isText),
};

const EXECUTE_TASK: Fields = {
  ...ENVELOPE,
  service: isWorkflow,
  method: isText,
  args: Array.isArray,
  taskId: isText,
  sequence: isCount,
  attempt: isCount,
  tags: optional(isTags),
  meta: optional(isObject),
  lastFailure: optional(isFailure),
  caller: isCaller,
};

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
  const values = message as { [field: string]: unknown };
  const wrong = Object.keys(fields).filter((field) => !fields[field]?.(values[field]));
  throw undecodable(`expected a valid ${values["kind"]} message, got a wrong ${wrong.join(", ")}`);
}

function passes(value: object, fields: Fields): boolean {
  const values = value as { [field: string]: unknown };
  for (const field in fields) if (!fields[field]?.(values[field])) return false;
  return true;
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
