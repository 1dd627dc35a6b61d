import type { Event } from "./history.ts";
import { type CommandState, deadlineOf, type State } from "./state.ts";

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
  const command = due.command.id;
  if (due.command.kind === "timer") return { kind: "timer-fired", at, command };
  if (due.retryAt === deadline) {
    return { kind: "attempt-due", at, command, sequence: due.sequence, attempt: due.attempt + 1 };
  }
  return { kind: due.command.kind === "task" ? "task-timed-out" : "child-timed-out", at, command };
}
