import { type Decision, decide } from "../../core/model/decide.ts";
import { nextDueEvent } from "../../core/model/due.ts";
import { answerTo } from "../../core/model/emits.ts";
import type { Event } from "../../core/model/history.ts";
import type { State } from "../../core/model/state.ts";
import type { InstanceMessage } from "../../core/protocol/messages.ts";
import type { Outgoing } from "../../core/protocol/outgoing.ts";
import { referenceIn } from "../../core/values/payload.ts";
import type { LiveInstance } from "../live-instance.ts";
import { isCancel } from "./admission.ts";
import { type HandleOptions, isRunnable, recordAll, recordDue } from "./record-events.ts";
import { keep, stop } from "./stopped.ts";
import { heard, refuseUnknown } from "./unheard.ts";

/** What became of a message: an answer for whoever sent it, messages that are to be handled next. */
interface Handled {
  readonly answer?: Outgoing | undefined;
  readonly next?: readonly InstanceMessage[];
}

const NOTHING: Handled = {};

/**
 * Handles a message to a run that has begun: what became due before it comes first, then what it means is recorded,
 * with what the code does on it. A message whose turn has not come waits with the instance.
 */
export async function handleMessage(
  instance: LiveInstance,
  state: State,
  message: InstanceMessage,
  options: HandleOptions,
): Promise<Handled> {
  const { now } = options;
  const sentAt = Math.min(message.at, now);
  // Whoever lost the race with a timer that was due earlier has lost it, however late the wake-up is.
  const instant = message.kind === "wake" ? now : Math.max(state.now, sentAt);
  const hasDue = !state.ended && nextDueEvent(state, instant) !== undefined;
  let decision = decide(state, message, Math.max(state.now, sentAt));
  if (instance.stopped && isCancel(message) && decision.kind === "record") {
    return cancelStopped(instance, decision.events);
  }
  const triesAgain = instance.stopped !== undefined && decision.kind !== "answer";
  if (hasDue || triesAgain || decision.kind === "record") {
    if (!(await isRunnable(instance, options))) {
      if (decision.kind === "record") keep(instance, message);
      return NOTHING;
    }
  }
  if (hasDue) {
    await recordDue(instance, state, instant, options);
    decision = decide(state, message, Math.max(state.now, sentAt));
  }
  if (decision.kind === "answer") return { answer: answer(instance, state, message, decision, options) };
  if (decision.kind !== "record" || refuseUnknown(instance, decision.events, options)) return NOTHING;
  const events = await taken(instance, message, decision.events, options);
  if (events) await recordAll(instance, state, events, options);
  return NOTHING;
}

/** A cancel needs no code, so it ends also an instance whose code cannot be run; what waited hears of the end. */
function cancelStopped(instance: LiveInstance, events: readonly Event[]): Handled {
  for (const event of events) instance.append(event);
  const { waiting } = instance;
  instance.stopped = undefined;
  instance.waiting = [];
  return { next: waiting };
}

/** Answers a call: in the reply, if it is its own cause and can be answered again, else by history. */
function answer(
  instance: LiveInstance,
  state: State,
  message: InstanceMessage,
  { caller, outcome }: Decision & { readonly kind: "answer" },
  { cause }: HandleOptions,
): Outgoing | undefined {
  if (message.id === cause) return answerTo(caller, outcome, message.id, state.now);
  instance.append({ kind: "caller-answered", at: state.now, messageId: message.id, caller, outcome });
  return undefined;
}

/** What goes into history of the events that a message is: a signal perhaps as one that nobody hears. Or it waits. */
async function taken(
  instance: LiveInstance,
  message: InstanceMessage,
  events: readonly Event[],
  { payloads, now, stoppedBefore, log }: HandleOptions,
): Promise<readonly Event[] | undefined> {
  const [event] = events;
  if (event?.kind !== "signal-received" && !(event && referenceIn(event))) return events;
  try {
    const opened = await payloads.open(event);
    if (event.kind !== "signal-received" || opened.kind !== "signal-received") return events;
    return [heard(instance, event, opened, log)];
  } catch (error) {
    // The value is not there, or the schema itself does not work: nothing is lost until it is, or does.
    instance.stopped ??= stoppedBefore;
    stop(instance, error, { now, log });
    keep(instance, message);
    return undefined;
  }
}
