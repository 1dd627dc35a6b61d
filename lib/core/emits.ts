import type { Failure } from "./failure.ts";
import type { HistoryRecord } from "./history.ts";
import { type CommandId, childId, scopedId } from "./ids.ts";
import { type Caller, MESSAGE_FORMAT, type Message } from "./messages.ts";
import type { Outcome } from "./outcome.ts";
import type { CommandState, State } from "./state.ts";
import { taskExecutorTopic, workflowEngineTopic } from "./topics.ts";

/** A message and where it goes. */
export interface Outgoing {
  readonly topic: string;
  readonly key?: string;
  readonly message: Message;
  readonly deliverAt?: number;
}

/**
 * The message that a record of history sends, if any: at most one.
 *
 * Derived from committed history only, so it is the same message whenever it is made again (I3). `at` is the
 * instant of the event that the record belongs to.
 */
export function emitOf(state: State, record: HistoryRecord, at: number): Outgoing | undefined {
  switch (record.kind) {
    case "task":
      return executeTask(state, state.command(record.id), 0, 0, at);
    case "task-retried":
      return executeTask(state, state.command(record.command), record.sequence, 0, at);
    case "attempt-due":
      return executeTask(state, state.command(record.command), record.sequence, record.attempt, at);
    case "child": {
      const { workflow, workflowId, method, args, tags, meta } = record;
      const head = envelope(state, childId(state.key, record.id), at);
      const options = { ...(tags && { tags }), ...(meta && { meta }), caller: callerOf(state, record.id) };
      return toInstance({ kind: "start", ...head, workflow, workflowId, method, args, ...options });
    }
    case "method": {
      const { workflow, workflowId, method, args } = record;
      const head = envelope(state, scopedId(state.key, record.id), at);
      const caller = callerOf(state, record.id);
      return toInstance({ kind: "method", ...head, workflow, workflowId, method, args, caller });
    }
    case "signal": {
      const { workflow, workflowId, channel, value } = record;
      const head = envelope(state, scopedId(state.key, record.id), at);
      return toInstance({
        kind: "signal",
        ...head,
        workflow,
        workflowId,
        channel,
        ...(value !== undefined && { value }),
      });
    }
    case "child-canceled": {
      const { command } = state.command(record.command);
      if (command.kind !== "child") return undefined;
      const head = envelope(state, scopedId(state.key, `${record.command}:cancel`), at);
      return toInstance({
        kind: "cancel",
        ...head,
        workflow: command.workflow,
        workflowId: command.workflowId,
      });
    }
    case "method-completed":
    case "method-failed":
    case "method-canceled":
      return answer(state, record, at);
    default:
      return undefined;
  }
}

/** The wake-up of an instance at an instant. */
export function wakeAt(state: State, dueAt: number): Outgoing {
  const { workflow, workflowId, run } = state.key;
  const head = envelope(state, scopedId(state.key, `wake:${dueAt}`), dueAt);
  return { ...toInstance({ kind: "wake", ...head, workflow, workflowId, run, dueAt }), deliverAt: dueAt };
}

/** Tells a caller that the instance it called cannot answer. */
export function refusal(caller: Caller, failure: Failure, cause: string, at: number): Outgoing {
  const { workflow, workflowId, run, command } = caller;
  const head = { format: MESSAGE_FORMAT, id: `${cause}:refused`, at };
  const outcome: Outcome = { kind: "failed", failure };
  return toInstance({ kind: "child-ended", ...head, workflow, workflowId, run, command, number: 1, outcome });
}

/**
 * Tells whether an attempt's outcome is known. Such an attempt is not sent again: its message could no longer be
 * made as it was (the task's meta and last failure have moved on), and the reply proves that it arrived (I4).
 */
export function hasReplied(task: CommandState, sequence: number, attempt: number): boolean {
  if (task.status === "completed" || task.status === "failed") return true;
  if (sequence !== task.sequence) return sequence < task.sequence;
  return attempt < task.attempt || (attempt === task.attempt && task.retryAt !== undefined);
}

function executeTask(
  state: State,
  task: CommandState,
  sequence: number,
  attempt: number,
  at: number,
): Outgoing | undefined {
  const { command } = task;
  if (command.kind !== "task" || hasReplied(task, sequence, attempt)) return undefined;
  const { service, method, args, tags } = command;
  const meta = task.meta ?? command.meta;
  const taskId = scopedId(state.key, command.id);
  return {
    topic: taskExecutorTopic(service),
    message: {
      kind: "execute-task",
      ...envelope(state, `${taskId}:${sequence}.${attempt}`, at),
      service,
      method,
      args,
      taskId,
      sequence,
      attempt,
      ...(tags && { tags }),
      ...(meta && { meta }),
      ...(attempt + sequence > 0 && task.lastFailure && { lastFailure: task.lastFailure }),
      caller: callerOf(state, command.id),
    },
  };
}

type MethodEnd = HistoryRecord & { kind: "method-completed" | "method-failed" | "method-canceled" };

function answer(state: State, end: MethodEnd, at: number): Outgoing | undefined {
  const caller = state.methods[end.method]?.caller;
  if (!caller) return undefined;
  const { workflow, workflowId, run, command } = caller;
  const number = end.number ?? 1;
  const head = envelope(state, `${scopedId(caller, command)}:ended.${number}`, at);
  const outcome = outcomeOf(state, end);
  return toInstance({ kind: "child-ended", ...head, workflow, workflowId, run, command, number, outcome });
}

function outcomeOf(state: State, end: MethodEnd): Outcome {
  switch (end.kind) {
    case "method-completed":
      return end.value === undefined ? { kind: "completed" } : { kind: "completed", value: end.value };
    case "method-failed":
      return { kind: "failed", failure: end.failure };
    case "method-canceled":
      return { kind: "failed", failure: canceledFailure(state) };
  }
}

function canceledFailure(state: State): Failure {
  const { workflow, workflowId } = state.key;
  return {
    name: "WorkflowCanceledError",
    message: `workflow ${workflow} ${workflowId} was canceled`,
    properties: { code: "WORKFLOW_CANCELED", workflow, workflowId },
  };
}

function envelope(state: State, id: string, at: number) {
  const traceparent = state.traceparent === undefined ? {} : { traceparent: state.traceparent };
  return { format: MESSAGE_FORMAT, id, at, ...traceparent };
}

function callerOf(state: State, command: CommandId): Caller {
  return { ...state.key, command };
}

function toInstance(message: Exclude<Message, { kind: "execute-task" }>): Outgoing {
  return { topic: workflowEngineTopic(message.workflow), key: message.workflowId, message };
}
