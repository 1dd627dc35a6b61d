import type { CompleteTimersMessage, RetryMessage, RetryTasksMessage } from "../protocol/messages.ts";
import { isMethodMeant, scopedId } from "../values/ids.ts";
import type { CommandState } from "./command-state.ts";
import type { Event } from "./history.ts";
import type { State } from "./state.ts";

/** A message that repairs or hurries an instance. */
export type ControlMessage = RetryMessage | RetryTasksMessage | CompleteTimersMessage;

/** The events of a control message: that it was heard, even when it finds nothing to do, and what it did. */
export function controlEvents(state: State, message: ControlMessage, at: number): readonly Event[] {
  const { id: messageId } = message;
  switch (message.kind) {
    case "retry":
      return [{ kind: "retry-requested", at, messageId }, ...retriedMethods(state, message, at)];
    case "retry-tasks":
      return [{ kind: "task-retry-requested", at, messageId }, ...retriedTasks(state, message, at)];
    case "complete-timers":
      return [{ kind: "timers-completion-requested", at, messageId }, ...firedTimers(state, message, at)];
  }
}

/** A held method waits for its task; it is that task that is to be retried. */
function retriedMethods(state: State, { methodId }: RetryMessage, at: number): Event[] {
  return state.methods
    .filter(({ id, status, held }) => status === "failed" && held.size === 0 && isMeant(methodId, id))
    .map(({ index }) => ({ kind: "method-retried", at, method: index }));
}

function retriedTasks(state: State, { taskId, status, service }: RetryTasksMessage, at: number): Event[] {
  const isRetried = ({ command, status: was }: CommandState): boolean =>
    command.kind === "task" &&
    (was === "failed" || was === "timedOut") &&
    isNamed(status, was) &&
    isNamed(service, command.service) &&
    isNamed(taskId, scopedId(state.key, command.id));
  return [...state.commands.values()].filter(isRetried).map(({ command, sequence }) => ({
    kind: "task-retried",
    at,
    command: command.id,
    sequence: sequence + 1,
  }));
}

function firedTimers(state: State, { methodId }: CompleteTimersMessage, at: number): Event[] {
  const isFired = ({ command, status }: CommandState): boolean =>
    command.kind === "timer" &&
    status === "pending" &&
    isMeant(methodId, state.methods[Number.parseInt(command.id, 10)]?.id ?? "");
  return [...state.commands.values()]
    .filter(isFired)
    .map(({ command }) => ({ kind: "timer-fired", at, command: command.id }));
}

function isMeant(wanted: string | undefined, methodId: string): boolean {
  return wanted === undefined || isMethodMeant(methodId, wanted);
}

function isNamed(wanted: string | undefined, name: string): boolean {
  return wanted === undefined || wanted === name;
}
