import type { Failure } from "../values/failure.ts";
import { type CommandId, scopedId } from "../values/ids.ts";
import type { Json, JsonObject } from "../values/json.ts";
import { type CommandState, heartbeatAtOf, timeoutAtOf } from "./command-state.ts";
import type { HistoryRecord } from "./history.ts";
import type { State } from "./state.ts";

/** A task that has no outcome yet. Instants are epoch milliseconds. */
export interface OpenTaskView {
  readonly taskId: string;
  readonly service: string;
  readonly method: string;
  /** 0 for the first attempt in a sequence. */
  readonly attempt: number;
  /** Retries by hand. */
  readonly sequence: number;
  readonly retryAt?: number;
  readonly timeoutAt?: number;
  /** Handed over: it waits for whoever completes or fails it. */
  readonly delegated?: true;
  /** When it fails unless a heartbeat comes. */
  readonly heartbeatBy?: number;
  readonly lastFailure?: Failure;
}

/** A task as readers see it, with its outcome once it has one. */
export interface TaskView extends OpenTaskView {
  readonly status: "running" | "completed" | "failed" | "timedOut" | "canceled";
  readonly tags?: readonly string[];
  readonly meta?: JsonObject;
  readonly result?: Json;
  /** Of the last attempt. */
  readonly error?: Failure;
}

/** Describes a task; undefined when the run has no such task. */
export function taskViewOf(
  { state, history }: { readonly state: State; readonly history: readonly HistoryRecord[] },
  id: CommandId,
): TaskView | undefined {
  const task = state.commands.get(id);
  if (task?.command.kind !== "task") return undefined;
  const open = openTaskOf(state, task);
  if (!open) return undefined;
  const { tags } = task.command;
  const meta = task.meta ?? task.command.meta;
  const facts = { ...open, ...(tags && { tags }), ...(meta && { meta }) };
  switch (task.status) {
    case "pending":
      // Of an instance that has ended nothing more is heard: a task that it left behind has no outcome.
      return { ...facts, status: state.ended ? "canceled" : "running" };
    case "completed": {
      const completed = history.findLast(
        (record) => record.kind === "task-completed" && record.command === id,
      );
      const value = completed?.kind === "task-completed" ? completed.value : undefined;
      return { ...facts, status: "completed", ...(value !== undefined && { result: value }) };
    }
    case "failed":
      return { ...facts, status: "failed", ...(task.lastFailure && { error: task.lastFailure }) };
    default:
      return { ...facts, status: task.status };
  }
}

/** Describes how far a task is; undefined when the command is none. */
export function openTaskOf({ key }: State, task: CommandState): OpenTaskView | undefined {
  const { command, attempt, sequence, retryAt, isDelegated, lastFailure } = task;
  if (command.kind !== "task") return undefined;
  const isOpen = task.status === "pending";
  const timeoutAt = isOpen ? timeoutAtOf(task) : undefined;
  const heartbeatBy = heartbeatAtOf(task);
  return {
    taskId: scopedId(key, command.id),
    service: command.service,
    method: command.method,
    attempt,
    sequence,
    ...(retryAt !== undefined && { retryAt }),
    ...(timeoutAt !== undefined && { timeoutAt }),
    ...(isDelegated && { delegated: true }),
    ...(heartbeatBy !== undefined && { heartbeatBy }),
    ...(lastFailure && { lastFailure }),
  };
}
