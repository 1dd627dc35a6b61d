import { emitOfCommand, isCommand } from "../commands/command.ts";
import { type Caller, MESSAGE_FORMAT } from "../protocol/messages.ts";
import { callerOf, commandEnvelope, envelope, type Outgoing, toInstance } from "../protocol/outgoing.ts";
import { taskExecutorTopic } from "../protocol/topics.ts";
import { scopedId } from "../values/ids.ts";
import { canceledOutcome, type Outcome } from "../values/outcome.ts";
import type { CommandState } from "./command-state.ts";
import type { HistoryRecord } from "./history.ts";
import type { MethodState } from "./method-state.ts";
import type { State } from "./state.ts";

/**
 * The messages that a record of history sends: mostly none or one; an ending sends one to each caller.
 *
 * Derived from committed history only, so they are the same messages whenever they are made again (I3). `at` is the
 * instant of the event that the record belongs to.
 */
export function emitsOf(state: State, record: HistoryRecord, at: number): readonly Outgoing[] {
  switch (record.kind) {
    case "method-completed":
    case "method-failed":
    case "method-canceled":
      return answers(state, record, at);
    default: {
      const emit = emitOf(state, record, at);
      return emit ? [emit] : [];
    }
  }
}

function emitOf(state: State, record: HistoryRecord, at: number): Outgoing | undefined {
  switch (record.kind) {
    case "task":
      return executeTask(state, state.command(record.id), 0, 0, at);
    case "task-retry":
      return executeTask(state, state.command(record.task), record.sequence, 0, at);
    case "task-retried":
      return executeTask(state, state.command(record.command), record.sequence, 0, at);
    case "attempt-due":
      return executeTask(state, state.command(record.command), record.sequence, record.attempt, at);
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
    case "caller-attached": {
      const main = state.methods[0];
      return main && record.endings > 0 ? answer(state, main, record.caller, record.endings, at) : undefined;
    }
    case "caller-answered":
      return answerTo(record.caller, record.outcome, record.messageId, at);
    case "method-refused": {
      const { caller, failure, messageId } = record;
      return caller && answerTo(caller, { kind: "failed", failure }, messageId, at);
    }
    default:
      return isCommand(record) ? emitOfCommand(record, state, at) : undefined;
  }
}

/** The wake-up of an instance at an instant; `cleansUp`: for what is left of its run. */
export function wakeAt(state: State, dueAt: number, cleansUp = false): Outgoing {
  const { workflow, workflowId, run } = state.key;
  const head = envelope(state, scopedId(state.key, `wake:${dueAt}`), dueAt);
  const wake = { kind: "wake", ...head, workflow, workflowId, run, dueAt } as const;
  return { ...toInstance(cleansUp ? { ...wake, cleansUp } : wake), deliverAt: dueAt };
}

/** Answers a caller whose call leaves no trace in the instance's history. */
export function answerTo(caller: Caller, outcome: Outcome, cause: string, at: number): Outgoing {
  const { workflow, workflowId, run, command } = caller;
  const head = { format: MESSAGE_FORMAT, id: `${cause}:answered`, at };
  return toInstance({ kind: "child-ended", ...head, workflow, workflowId, run, command, number: 1, outcome });
}

/**
 * Tells whether an attempt's outcome is known. Such an attempt is not sent again: its message could no longer be
 * made as it was (the task's meta and last failure have moved on), and the reply proves that it arrived (I4).
 */
export function hasReplied(task: CommandState, sequence: number, attempt: number): boolean {
  if (task.status === "completed" || task.status === "failed") return true;
  if (sequence !== task.sequence) return sequence < task.sequence;
  return (
    attempt < task.attempt || (attempt === task.attempt && (task.retryAt !== undefined || task.isDelegated))
  );
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
      ...commandEnvelope(state, command, `${taskId}:${sequence}.${attempt}`, at),
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

/** The answers of an ending: to whoever called the method, and to those who came before it ended so. */
function answers(state: State, end: MethodEnd, at: number): readonly Outgoing[] {
  const method = state.methods[end.method];
  if (!method) return [];
  const number = end.number ?? 1;
  const later = method.attached.filter(({ endings }) => endings < number).map(({ caller }) => caller);
  const callers = method.caller ? [method.caller, ...later] : later;
  return callers.map((caller) => answer(state, method, caller, number, at));
}

function answer(state: State, method: MethodState, caller: Caller, number: number, at: number): Outgoing {
  const { workflow, workflowId, run, command } = caller;
  const head = envelope(state, `${scopedId(caller, command)}:ended.${number}`, at);
  const outcome = method.endings[number - 1] ?? canceledOutcome(state.key);
  return toInstance({ kind: "child-ended", ...head, workflow, workflowId, run, command, number, outcome });
}
