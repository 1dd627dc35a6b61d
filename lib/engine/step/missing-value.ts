import { answerTo } from "../../core/model/emits.ts";
import type { InstanceMessage } from "../../core/protocol/messages.ts";
import type { Outgoing } from "../../core/protocol/outgoing.ts";
import type { InfiniticError } from "../../core/values/errors.ts";
import { failureOf } from "../../core/values/failure.ts";
import type { Outcome } from "../../core/values/outcome.ts";

/** Whether a message brings what a command of the instance waits for. */
export function isReply({ kind }: InstanceMessage): boolean {
  return kind === "task-completed" || kind === "delegated-result" || kind === "child-ended";
}

/**
 * What becomes of a reply whose value is gone, or is in another stack's store: whoever waits for it is told so in its
 * place, and waits no longer. Undefined for any other message.
 */
export function failedReply(message: InstanceMessage, error: InfiniticError): InstanceMessage | undefined {
  const outcome: Outcome = { kind: "failed", failure: failureOf(error) };
  switch (message.kind) {
    case "task-completed": {
      const { value: _, ...rest } = message;
      return { ...rest, kind: "delegated-result", outcome };
    }
    case "delegated-result":
    case "child-ended":
      return { ...message, outcome };
    default:
      return undefined;
  }
}

/** What the workflow is told that sent a call without its value; undefined where none waits. */
export function failedCall(message: InstanceMessage, error: InfiniticError): Outgoing | undefined {
  if (message.kind !== "start" && message.kind !== "method") return undefined;
  const { caller, id, at } = message;
  return caller && answerTo(caller, { kind: "failed", failure: failureOf(error) }, id, at);
}
