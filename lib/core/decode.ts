import { InfiniticError } from "./errors.ts";
import { isId, isName } from "./ids.ts";
import { type ExecuteTaskMessage, type InstanceMessage, MESSAGE_FORMAT } from "./messages.ts";

type Check = (value: unknown) => boolean;
type Fields = { readonly [field: string]: Check };

const isText: Check = (value) => typeof value === "string" && value !== "";
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isInstant: Check = (value) => typeof value === "number" && Number.isFinite(value);
const isObject: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isTexts: Check = (value) => Array.isArray(value) && value.every((item) => typeof item === "string");
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
const REPLY: Fields = { ...INSTANCE, run: isText };
const CALLER: Fields = { workflow: isWorkflow, workflowId: isWorkflowId, run: isText, command: isText };

const MESSAGES: { readonly [kind in InstanceMessage["kind"]]: Fields } = {
  start: {
    ...INSTANCE,
    // It becomes the run, which ids are split at.
    id: isWorkflowId,
    method: isText,
    args: Array.isArray,
    tags: optional(isTexts),
    meta: optional(isObject),
    customId: optional(isText),
    caller: optional(isCaller),
  },
  signal: { ...INSTANCE, channel: isText },
  method: { ...INSTANCE, method: isText, args: Array.isArray, caller: optional(isCaller) },
  cancel: { ...INSTANCE, methodId: optional(isText) },
  retry: { ...INSTANCE, methodId: optional(isText) },
  "retry-tasks": {
    ...INSTANCE,
    taskId: optional(isText),
    status: optional((value) => value === "failed" || value === "timedOut"),
    service: optional(isText),
  },
  "complete-timers": { ...INSTANCE, methodId: optional(isText) },
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
  wake: { ...REPLY, dueAt: isInstant },
  "child-ended": { ...REPLY, command: isText, number: isCount, outcome: isOutcome },
};

const EXECUTE_TASK: Fields = {
  ...ENVELOPE,
  service: isWorkflow,
  method: isText,
  args: Array.isArray,
  taskId: isText,
  sequence: isCount,
  attempt: isCount,
  tags: optional(isTexts),
  meta: optional(isObject),
  lastFailure: optional(isFailure),
  caller: isCaller,
};

/**
 * Reads a message to an instance of a workflow.
 *
 * @throws InfiniticError `MESSAGE_UNDECODABLE`, `MESSAGE_MISROUTED` (of another workflow),
 *   `MESSAGE_FORMAT_TOO_NEW` (a later version's: must wait, never be parked)
 */
export function decodeInstanceMessage(payload: string, workflow: string): InstanceMessage {
  const message = parse(payload) as Partial<InstanceMessage>;
  const { kind } = message;
  const fields = typeof kind === "string" && Object.hasOwn(MESSAGES, kind) ? MESSAGES[kind] : undefined;
  if (!fields) throw undecodable(`expected a message to a workflow, got kind ${show(kind)}`);
  check(message, fields);
  if (message.workflow !== workflow) throw misrouted("workflow", workflow, message.workflow);
  return message as InstanceMessage;
}

/** Reads a task message of a service; throws as {@link decodeInstanceMessage} does. */
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
