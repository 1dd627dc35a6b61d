import type { Emit } from "../core/protocol/invocation.ts";
import {
  type AttemptFailedMessage,
  type ExecuteTaskMessage,
  MESSAGE_FORMAT,
  type TaskCompletedMessage,
  type TaskDelegatedMessage,
} from "../core/protocol/messages.ts";
import { workflowEngineTopic } from "../core/protocol/topics.ts";
import type { ErrorCode } from "../core/values/errors.ts";
import { type Failure, failureOf } from "../core/values/failure.ts";
import type { Json, JsonObject } from "../core/values/json.ts";
import { toMeta } from "../core/values/payload.ts";
import { codeOf } from "../core/values/remote-errors.ts";
import { askPolicy, type RetryPolicy } from "../core/values/retry.ts";
import type { Clock } from "../ports/clock.ts";
import type { Delegation } from "./delegated.ts";

/** What replies are made with. */
export interface ReplyParts {
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly random: () => number;
}

/** How an attempt ended, told to the workflow that waits. */
export type TaskReply = TaskCompletedMessage | TaskDelegatedMessage | AttemptFailedMessage;

/** Failures that no attempt will ever cure. */
const FINAL: readonly ErrorCode[] = [
  "NON_RETRYABLE",
  "UNKNOWN_METHOD",
  "SCHEMA_MISMATCH",
  "RESULT_TOO_LARGE",
  "PAYLOAD_MISSING",
];

export function completed(
  { clock }: ReplyParts,
  task: ExecuteTaskMessage,
  value: Json | undefined,
): TaskReply {
  return {
    ...headOf(task, task.taskId, clock),
    kind: "task-completed",
    ...(value !== undefined && { value }),
  };
}

/** Says that an attempt handed its task over to somebody else. */
export function delegated(
  { clock }: ReplyParts,
  task: ExecuteTaskMessage,
  delegation: Delegation,
): TaskReply {
  const { sequence, attempt } = task;
  return {
    ...headOf(task, attemptId(task), clock),
    kind: "task-delegated",
    sequence,
    attempt,
    ...delegation,
  };
}

/**
 * Says that an attempt failed, and when the next is wanted.
 *
 * The engine commits the failed attempt and sends the next one, so a chain never forks and a cancel stops it.
 */
export function failed(
  { retry, clock, random }: ReplyParts,
  task: ExecuteTaskMessage,
  failure: Failure,
  meta: JsonObject = {},
): TaskReply {
  const { sequence, attempt } = task;
  const { meta: kept = {}, flaw } = keptMeta(meta);
  const told = flaw ? { ...flaw, cause: failure } : failure;
  const { nextInMs, error } = evaluate(retry, attempt, told, random);
  return {
    ...headOf(task, attemptId(task), clock),
    kind: "attempt-failed",
    sequence,
    attempt,
    failure: error ?? told,
    ...(nextInMs !== undefined && { nextInMs }),
    ...(Object.keys(kept).length > 0 && { meta: kept }),
  };
}

/** Meta that an attempt has written as it is kept, or why it cannot be. */
function keptMeta(meta: JsonObject): { readonly meta?: JsonObject; readonly flaw?: Failure } {
  try {
    return { meta: toMeta(meta) };
  } catch (error) {
    return { flaw: failureOf(error) };
  }
}

/** The reply to the record that `cause` is the id of. */
export function emitOf(cause: string, message: TaskReply): Emit {
  const { workflow, workflowId } = message;
  return { cause, topic: workflowEngineTopic(workflow), key: workflowId, payload: JSON.stringify(message) };
}

/** Asks the policy; an error in it fails the task, with the attempt's failure as its cause. */
function evaluate(
  retry: RetryPolicy,
  attempt: number,
  failure: Failure,
  random: () => number,
): { readonly nextInMs?: number; readonly error?: Failure } {
  const code = codeOf(failure);
  if (code !== undefined && FINAL.includes(code)) return {};
  try {
    const nextInMs = askPolicy(retry, { attempt, failure }, random);
    return nextInMs === undefined ? {} : { nextInMs };
  } catch (error) {
    return { error: { ...failureOf(error), cause: failure } };
  }
}

function attemptId({ taskId, sequence, attempt }: ExecuteTaskMessage): string {
  return `${taskId}:${sequence}.${attempt}`;
}

function headOf(task: ExecuteTaskMessage, id: string, clock: Clock) {
  const { workflow, workflowId, run, command } = task.caller;
  const traceparent = task.traceparent === undefined ? {} : { traceparent: task.traceparent };
  return { format: MESSAGE_FORMAT, id, at: clock.now(), ...traceparent, workflow, workflowId, run, command };
}
