import type { DelegatedResultMessage, HeartbeatMessage, TaskDelegatedMessage } from "../protocol/messages.ts";
import type { CommandState } from "./command-state.ts";
import type { Event } from "./history.ts";

/** A message about a task that somebody else completes. */
export type DelegationMessage = TaskDelegatedMessage | DelegatedResultMessage | HeartbeatMessage;

/**
 * The event of a message about a delegated task; undefined when it has none.
 *
 * A result needs no delegation before it: whoever got the task may be quicker than the function that gave it away.
 */
export function delegationEvent(
  task: CommandState,
  message: DelegationMessage,
  at: number,
): Event | undefined {
  const { command } = message;
  if (task.command.kind !== "task" || task.status !== "pending") return undefined;
  const { sequence, attempt } = task;
  switch (message.kind) {
    case "task-delegated": {
      const isCurrent = message.sequence === sequence && message.attempt === attempt;
      if (!isCurrent || task.retryAt !== undefined || task.isDelegated) return undefined;
      const { heartbeatMs } = message;
      const heartbeat = heartbeatMs === undefined ? {} : { heartbeatMs };
      return { kind: "task-delegated", at, command, sequence, attempt, ...heartbeat };
    }
    case "heartbeat":
      return { kind: "heartbeat", at, messageId: message.id, command };
    case "delegated-result": {
      const { id: messageId, outcome } = message;
      if (outcome.kind === "failed") {
        return { kind: "task-failed", at, command, sequence, attempt, failure: outcome.failure, messageId };
      }
      const value = outcome.value === undefined ? {} : { value: outcome.value };
      return { kind: "task-completed", at, command, ...value, messageId };
    }
  }
}
