import { InfiniticError } from "../values/errors.ts";
import { type Failure, failureOf } from "../values/failure.ts";
import { type CommandState, deadlineOf, heartbeatAtOf } from "./command-state.ts";
import type { Event } from "./history.ts";
import type { State } from "./state.ts";

/** The earliest instant at which something is due; undefined if nothing waits for time. */
export function nextDeadline(state: State): number | undefined {
  let earliest: number | undefined;
  for (const command of state.timed) {
    const deadline = deadlineOf(command);
    if (deadline !== undefined && (earliest === undefined || deadline < earliest)) earliest = deadline;
  }
  return earliest;
}

/** The first thing that is due at an instant, as the event that says so; undefined if nothing is. */
export function nextDueEvent(state: State, instant: number): Event | undefined {
  let first: CommandState | undefined;
  let firstAt = instant;
  for (const command of state.timed) {
    const deadline = deadlineOf(command);
    if (deadline === undefined || deadline > firstAt || (first && deadline === firstAt)) continue;
    first = command;
    firstAt = deadline;
  }
  return first && dueEvent(first, Math.max(state.now, firstAt), firstAt);
}

function dueEvent(due: CommandState, at: number, deadline: number): Event {
  const { attempt, sequence } = due;
  const command = due.command.id;
  if (due.command.kind === "timer") return { kind: "timer-fired", at, command };
  if (due.retryAt === deadline) return { kind: "attempt-due", at, command, sequence, attempt: attempt + 1 };
  if (heartbeatAtOf(due) === deadline) {
    const failure = heartbeatFailure(due.heartbeatMs as number);
    return { kind: "task-failed", at, command, sequence, attempt, failure };
  }
  return { kind: due.command.kind === "task" ? "task-timed-out" : "child-timed-out", at, command };
}

function heartbeatFailure(heartbeatMs: number): Failure {
  const expected = `expected a heartbeat of the delegated task within ${heartbeatMs} ms, got none`;
  return failureOf(new InfiniticError("HEARTBEAT_MISSED", expected));
}
