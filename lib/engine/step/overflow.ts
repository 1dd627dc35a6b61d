import { InfiniticError } from "../../core/values/errors.ts";
import { failureOf } from "../../core/values/failure.ts";
import type { LiveInstance } from "../live-instance.ts";
import { arm, farWakes, record } from "./entry.ts";
import type { Applied, Step } from "./step.ts";

/**
 * Fails the open methods of an instance whose item can hold no more, as it was before these messages: whoever called
 * them hears of it. Where nothing has begun that could fail, the messages are parked.
 */
export function overflow(
  { messages, parts: { retention } }: Step,
  instance: LiveInstance,
  now: number,
): Applied {
  const { state, waiting } = instance;
  const { workflow, workflowId } = instance.key;
  const answers = messages.map(() => []);
  const handled = [...waiting, ...messages];
  const code = "STATE_TOO_LARGE";
  const message = `expected what ${workflow} ${workflowId} must keep to fit one item, got more: ${waiting.length} messages wait for its code`;
  if (!state) {
    const parked = messages.map((_message, index) => ({ index, code, reason: message }) as const);
    return { kind: "applied", instance, answers, handled, farWakes: [], parked };
  }
  const from = instance.history.length;
  const failure = failureOf(new InfiniticError(code, message));
  for (const { index, status, endings } of state.methods) {
    if (status !== "running" && status !== "failed") continue;
    const number = endings.length + 1;
    instance.append({ kind: "method-failed", method: index, failure, ...(number > 1 && { number }) });
  }
  const outcome = { kind: "failed", failure } as const;
  for (const call of handled) {
    if (call.kind !== "method" || !call.caller || state.seen.has(call.id)) continue;
    instance.append({
      kind: "caller-answered",
      at: state.now,
      messageId: call.id,
      caller: call.caller,
      outcome,
    });
  }
  instance.waiting = [];
  instance.stopped = undefined;
  instance.execution = undefined;
  const wake = arm(instance, { now, retention });
  record(instance, messages[0]?.id ?? "", from, wake?.isFar ? undefined : wake?.at);
  return {
    kind: "applied",
    instance,
    answers,
    handled,
    farWakes: farWakes(state, wake),
    parked: [],
  };
}
