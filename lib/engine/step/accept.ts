import { decide } from "../../core/model/decide.ts";
import { answerTo } from "../../core/model/emits.ts";
import type { InstanceMessage } from "../../core/protocol/messages.ts";
import type { Outgoing } from "../../core/protocol/outgoing.ts";
import type { LiveInstance } from "../live-instance.ts";
import { admit, hasBegun, isCancel, isDone } from "./admission.ts";
import { beginRun } from "./begin-run.ts";
import { answerEarlyCalls, isRefused } from "./early-calls.ts";
import { arm, disarmIdle, farWakes, record } from "./entry.ts";
import { handleMessage } from "./handle-message.ts";
import { tellIgnored } from "./ignored.ts";
import type { AcceptOptions } from "./record-events.ts";

/** What a message sends beside its outbox entry. */
export interface Accepted {
  /** Answers derived from the committed state: they need no write. */
  readonly answers: readonly Outgoing[];
  /** Wake-ups to write to the due store before the commit. */
  readonly farWakes: readonly Outgoing[];
}

/**
 * Applies one message to an instance in memory: events, what code does on them, outbox entry, wake-up.
 *
 * A message that has had its effect, or never will, changes nothing, whatever has become due since (I1): another bridge
 * may have acknowledged it already, so what it did now might never be sent. What becomes due waits for a message that
 * is new, or for the wake-up that is armed for it.
 */
export async function accept(
  instance: LiveInstance,
  message: InstanceMessage,
  options: AcceptOptions,
): Promise<Accepted> {
  const from = instance.history.length;
  disarmIdle(instance);
  const answers = [...answerEarlyCalls(instance, message)];
  if (isRefused(instance, message)) return { answers, farWakes: [] };
  const woken = awaitedInstant(instance, message);
  const hasNoEffect = woken === undefined && isDone(instance, message, options.now);
  if (hasNoEffect || !instance.state) tellIgnored(instance, message, options.log);
  if (hasNoEffect) return { answers: [...answers, ...answerAfterEnd(instance, message)], farWakes: [] };
  if (woken !== undefined) instance.armed = undefined;
  const admitted = admit(instance, message, options);
  const early = hasBegun(instance) ? undefined : admitted.find(isCancel);
  const parts = { ...options, cause: message.id, stoppedBefore: instance.stopped };
  for (const left = [...admitted]; ; ) {
    const next = left.shift();
    if (!next) break;
    const { state } = instance;
    if (!state || (next.kind === "start" && !hasBegun(instance))) {
      if (next.kind === "start") await beginRun(instance, next, Math.min(next.at, options.now), parts, early);
      continue;
    }
    const handled = await handleMessage(instance, state, next, parts);
    if (handled.answer) answers.push(handled.answer);
    left.unshift(...(handled.next ?? []));
  }
  const wake = arm(instance, options, woken);
  record(instance, message.id, from, wake?.isFar ? undefined : wake?.at);
  return { answers, farWakes: instance.state ? farWakes(instance.state, wake) : [] };
}

/** The instant that is armed, if this is its wake-up. */
function awaitedInstant({ state, armed }: LiveInstance, message: InstanceMessage): number | undefined {
  const isAwaited = message.kind === "wake" && message.run === state?.key.run && message.dueAt === armed;
  return isAwaited ? armed : undefined;
}

function answerAfterEnd({ state }: LiveInstance, message: InstanceMessage): readonly Outgoing[] {
  const decision = state && decide(state, message, state.now);
  if (decision?.kind !== "answer") return [];
  return [answerTo(decision.caller, decision.outcome, message.id, state?.now ?? message.at)];
}
