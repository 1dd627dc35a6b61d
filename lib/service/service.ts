import { decodeTaskMessage } from "../core/decode.ts";
import { InfiniticError } from "../core/errors.ts";
import { type Failure, failureOf } from "../core/failure.ts";
import type {
  Emit,
  InvocationRecord,
  InvocationReply,
  InvocationRequest,
  ItemFailure,
  Parked,
} from "../core/invocation.ts";
import {
  type AttemptFailedMessage,
  type ExecuteTaskMessage,
  MESSAGE_FORMAT,
  type TaskCompletedMessage,
} from "../core/messages.ts";
import type { RetryPolicy } from "../core/retry.ts";
import { exponentialBackoff } from "../core/retry.ts";
import { workflowEngineTopic } from "../core/topics.ts";
import type { Clock } from "../ports/clock.ts";
import { type Implementation, runAttempt } from "./attempt.ts";

/** What a service function works with. */
export interface ServiceParts {
  readonly service: string;
  readonly implementation: Implementation;
  readonly retry: RetryPolicy;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Failures that no attempt will ever cure. */
const FINAL: readonly string[] = ["NonRetryableError", "UnknownMethodError", "ResultTooLargeError"];

/**
 * Runs one attempt of each task of a batch, side by side, and says how it ended.
 *
 * It evaluates the retry policy, but only says what it wants: the engine commits the failed attempt and sends the
 * next one, so a chain never forks and a cancel stops it.
 */
export async function handleTasks(
  parts: ServiceParts,
  request: InvocationRequest,
  remainingMs: number,
): Promise<InvocationReply> {
  const emits: Emit[] = [];
  const parked: Parked[] = [];
  const batchItemFailures: ItemFailure[] = [];
  const handle = async (record: InvocationRecord): Promise<void> => {
    try {
      const task = decodeTaskMessage(record.payload, parts.service);
      emits.push(emitOf(record, request.died ? died(parts, task) : await execute(parts, task, remainingMs)));
    } catch (error) {
      if (!(error instanceof InfiniticError)) throw error;
      if (error.code === "MESSAGE_FORMAT_TOO_NEW") {
        batchItemFailures.push({ itemIdentifier: record.id, reason: error.message });
      } else parked.push({ id: record.id, code: error.code, reason: error.message });
    }
  };
  await Promise.all(request.records.map(handle));
  return { emits, batchItemFailures, parked };
}

type TaskReply = TaskCompletedMessage | AttemptFailedMessage;

async function execute(
  parts: ServiceParts,
  task: ExecuteTaskMessage,
  remainingMs: number,
): Promise<TaskReply> {
  const timeoutMs = Math.min(parts.timeoutMs, remainingMs);
  const attempt = runAttempt(parts.implementation, task, timeoutMs, parts.clock);
  try {
    const value = await attempt.result;
    return {
      ...replyHead(parts, task, task.taskId),
      kind: "task-completed",
      ...(value !== undefined && { value }),
    };
  } catch (error) {
    return failed(parts, task, failureOf(error), attempt.meta);
  }
}

/** The attempt ended its sandbox each time: nothing runs but the policy, the default one if that was the killer. */
function died(parts: ServiceParts, task: ExecuteTaskMessage): TaskReply {
  const error = new InfiniticError(
    "INVOCATION_DIED",
    `expected task ${task.service}.${task.method} to return or throw, got invocations that died or timed out`,
  );
  return failed(parts, task, failureOf(error), undefined);
}

function failed(
  parts: ServiceParts,
  task: ExecuteTaskMessage,
  failure: Failure,
  meta: ExecuteTaskMessage["meta"],
): AttemptFailedMessage {
  const { sequence, attempt } = task;
  const { nextInMs, error } = evaluate(parts, attempt, failure);
  return {
    ...replyHead(parts, task, `${task.taskId}:${sequence}.${attempt}`),
    kind: "attempt-failed",
    sequence,
    attempt,
    failure: error ?? failure,
    ...(nextInMs !== undefined && { nextInMs }),
    ...(meta && Object.keys(meta).length > 0 && { meta }),
  };
}

/** Asks the policy; an error in it fails the task, with the attempt's failure as its cause. */
function evaluate(
  { retry, random }: ServiceParts,
  attempt: number,
  failure: Failure,
): { readonly nextInMs?: number; readonly error?: Failure } {
  if (FINAL.includes(failure.name)) return {};
  try {
    const nextInMs = retry({ attempt, failure }, random);
    return nextInMs === undefined ? {} : { nextInMs: Math.max(0, Math.round(nextInMs)) };
  } catch (error) {
    return { error: { ...failureOf(error), cause: failure } };
  }
}

/** The policy of a service that was given none. */
export const DEFAULT_RETRY: RetryPolicy = exponentialBackoff();

function replyHead(parts: ServiceParts, task: ExecuteTaskMessage, id: string) {
  const { workflow, workflowId, run, command } = task.caller;
  const traceparent = task.traceparent === undefined ? {} : { traceparent: task.traceparent };
  return {
    format: MESSAGE_FORMAT,
    id,
    at: parts.clock.now(),
    ...traceparent,
    workflow,
    workflowId,
    run,
    command,
  };
}

function emitOf(record: InvocationRecord, message: TaskReply): Emit {
  const { workflow, workflowId } = message;
  return {
    cause: record.id,
    topic: workflowEngineTopic(workflow),
    key: workflowId,
    payload: JSON.stringify(message),
  };
}
