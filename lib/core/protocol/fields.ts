import { isId, isName } from "../values/ids.ts";
import { isTag } from "../values/tags.ts";
import type { InstanceMessage, Operation } from "./messages.ts";

/**
 * What the fields of messages must be: for who reads one, and for who makes one, or has workflow code ask for it.
 */
export type Check = (value: unknown) => boolean;
export type Fields = { readonly [field: string]: Check };

export const isText: Check = (value) => typeof value === "string" && value !== "";
export const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
/** As far from 1970 as a Date goes. */
const LATEST_MS = 8.64e15;
export const isInstant: Check = (value) => typeof value === "number" && Math.abs(value) <= LATEST_MS;
export const isObject: Check = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isTags: Check = (value) => Array.isArray(value) && value.every(isTag);
/** Some more than what one may choose: what the system has minted, too. */
export const isWorkflowId: Check = isId;
const isFailure: Check = (value) =>
  isObject(value) && isText((value as { name?: unknown }).name) && "message" in (value as object);
const isOutcome: Check = (value) => {
  const outcome = value as { kind?: unknown; failure?: unknown };
  return (
    isObject(value) &&
    (outcome.kind === "completed" || (outcome.kind === "failed" && isFailure(outcome.failure)))
  );
};
export const isTimeout: Check = (value) => isInstant(value) && (value as number) > 0;
const isCaller: Check = (value) => isObject(value) && passes(value as object, CALLER);
export const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const ENVELOPE: Fields = {
  id: isText,
  at: isInstant,
  traceparent: optional(isText),
  headers: optional(isObject),
};
const INSTANCE: Fields = { ...ENVELOPE, workflow: isName, workflowId: isWorkflowId };
const ADDRESSED: Fields = { ...INSTANCE, run: optional(isText) };
const REPLY: Fields = { ...INSTANCE, run: isText };
const CALLER: Fields = { workflow: isName, workflowId: isWorkflowId, run: isText, command: isText };

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

export const MESSAGES: { readonly [kind in InstanceMessage["kind"]]: Fields } = {
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

export const BY_TAG: Fields = {
  ...ENVELOPE,
  workflow: isName,
  tag: isTag,
  operation: (value) => isObject(value) && isOperation(value),
  cursor: optional(isText),
};

export const EXECUTE_TASK: Fields = {
  ...ENVELOPE,
  service: isName,
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

/** The names of the fields that are wrong. */
export function flawsIn(value: object, fields: Fields): readonly string[] {
  const values = value as { readonly [field: string]: unknown };
  return Object.keys(fields).filter((field) => !fields[field]?.(values[field]));
}

export function passes(value: object, fields: Fields): boolean {
  const values = value as { [field: string]: unknown };
  for (const field in fields) if (!fields[field]?.(values[field])) return false;
  return true;
}
