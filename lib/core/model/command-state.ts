import type { Command } from "../commands/command.ts";
import type { Failure } from "../values/failure.ts";
import type { JsonObject } from "../values/json.ts";

export type CommandStatus = "pending" | "completed" | "failed" | "timedOut" | "canceled";

/** One command and what became of it. */
export interface CommandState {
  readonly command: Command;
  /** When it was issued; for a task that was retried by hand, when that was. */
  issuedAt: number;
  status: CommandStatus;
  /** Outcomes delivered so far; a failure can be followed by another outcome. */
  outcomes: number;
  /** Tasks: retries by hand, and attempts in this sequence. */
  sequence: number;
  attempt: number;
  /** Tasks: when the next attempt is due, while one waits. */
  retryAt?: number;
  /** Tasks: whether this attempt was handed over, when last something was heard of it, and how long it may be silent. */
  isDelegated: boolean;
  heardAt?: number;
  heartbeatMs?: number;
  lastFailure?: Failure;
  meta?: JsonObject;
  /** Children: the number of the last outcome heard of. */
  lastEnding: number;
}

/** The next instant at which something is due for a command; undefined if there is none. */
export function deadlineOf(state: CommandState): number | undefined {
  if (state.status !== "pending") return undefined;
  if (state.command.kind === "timer") return state.command.dueAt;
  const deadlines = [timeoutAtOf(state), state.retryAt, heartbeatAtOf(state)].filter(
    (at) => at !== undefined,
  );
  return deadlines.length === 0 ? undefined : Math.min(...deadlines);
}

/** When a command is over its overall timeout. */
export function timeoutAtOf({ command, issuedAt }: CommandState): number | undefined {
  const timeoutMs = "timeoutMs" in command ? command.timeoutMs : undefined;
  return timeoutMs === undefined ? undefined : issuedAt + timeoutMs;
}

/** When a delegated task has been silent for too long. */
export function heartbeatAtOf({ heardAt, heartbeatMs }: CommandState): number | undefined {
  return heardAt === undefined || heartbeatMs === undefined ? undefined : heardAt + heartbeatMs;
}
