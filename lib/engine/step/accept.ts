import { type Decision, decide, startEvents } from "../../core/model/decide.ts";
import { nextDueEvent } from "../../core/model/due.ts";
import { answerTo } from "../../core/model/emits.ts";
import type { Event } from "../../core/model/history.ts";
import type { State } from "../../core/model/state.ts";
import type { InstanceMessage, StartMessage } from "../../core/protocol/messages.ts";
import type { Outgoing } from "../../core/protocol/outgoing.ts";
import { referenceIn } from "../../core/values/payload.ts";
import type { Stopped } from "../../instance/tip.ts";
import type { CodeParts } from "../../runtime/replay.ts";
import type { LiveInstance } from "../live-instance.ts";
import { admit, hasBegun, isCancel, isDone } from "./admission.ts";
import { answerEarlyCalls, isRefused } from "./early-calls.ts";
import { arm, disarmIdle, farWakes, record } from "./entry.ts";
import { tellIgnored } from "./ignored.ts";
import type { Retention } from "./retention.ts";
import { ensureExecution, recordEvent } from "./run-code.ts";
import { keep, stop } from "./stopped.ts";
import { heard, type Log, refuseUnknown } from "./unheard.ts";

export interface AcceptOptions extends CodeParts {
  readonly retention: Retention;
  /** The engine's clock. */
  readonly now: number;
  /** False: workflow code has killed invocations; keep the message, mark the instance stopped. */
  readonly run: boolean;
  readonly log?: Log | undefined;
}

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
  for (const next of admitted) {
    const answer = await handle(instance, next, parts, early);
    if (answer) answers.push(answer);
  }
  const wake = arm(instance, options, woken);
  record(instance, message.id, from, wake?.isFar ? undefined : wake?.at);
  return { answers, farWakes: instance.state ? farWakes(instance.state, wake) : [] };
}

/** How a message is handled. */
interface HandleOptions extends AcceptOptions {
  /** The message that has come; another is one that has waited. */
  readonly cause: string;
  /** How the instance stood before. */
  readonly stoppedBefore: Stopped | undefined;
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

async function handle(
  instance: LiveInstance,
  message: InstanceMessage,
  options: HandleOptions,
  early: InstanceMessage | undefined,
): Promise<Outgoing | undefined> {
  const { now } = options;
  const { state } = instance;
  const sentAt = Math.min(message.at, now);
  if (!state || (message.kind === "start" && !hasBegun(instance))) {
    if (message.kind === "start") await begin(instance, message, sentAt, options, early);
    return undefined;
  }
  // Whoever lost the race with a timer that was due earlier has lost it, however late the wake-up is.
  const instant = message.kind === "wake" ? now : Math.max(state.now, sentAt);
  const hasDue = !state.ended && nextDueEvent(state, instant) !== undefined;
  const decision = decide(state, message, Math.max(state.now, sentAt));
  if (decision.kind === "answer" && !hasDue) return answer(instance, state, message, decision, options);
  if (decision.kind !== "record" && !hasDue && !instance.stopped) return undefined;
  if (instance.stopped && isCancel(message) && decision.kind === "record") {
    // A cancel needs no code, so it ends also an instance whose code cannot be run.
    for (const event of decision.events) instance.append(event);
    const { waiting } = instance;
    instance.stopped = undefined;
    instance.waiting = [];
    for (const one of waiting) await handle(instance, one, options, early);
    return undefined;
  }
  if (!(await isRunnable(instance, options))) {
    if (decision.kind === "record") keep(instance, message);
    return undefined;
  }
  await recordDue(instance, state, instant, options);
  const settled = decide(state, message, Math.max(state.now, sentAt));
  if (settled.kind === "record" && refuseUnknown(instance, settled.events, options)) return undefined;
  if (settled.kind === "answer") return answer(instance, state, message, settled, options);
  if (settled.kind !== "record") return undefined;
  const events = await taken(instance, message, settled.events, options);
  if (events) await recordAll(instance, state, events, options);
  return undefined;
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

async function begin(
  instance: LiveInstance,
  message: StartMessage,
  at: number,
  options: HandleOptions,
  early: InstanceMessage | undefined,
): Promise<void> {
  const [started, ...events] = startEvents(message, Math.max(...options.versions.keys()), at);
  let { state } = instance;
  if (!state) {
    state = instance.begin(message.id);
    instance.append(started as Event);
  }
  if (early) {
    // History has the cancel before the method: its code never runs, here or in a replay.
    const requested: Event = { kind: "cancel-requested", at, messageId: early.id };
    for (const event of [requested, ...events]) instance.append(event);
    instance.append({ kind: "method-canceled", at, method: 0 });
    instance.stopped = undefined;
  } else if (await isRunnable(instance, options)) await recordAll(instance, state, events, options);
  else keep(instance, message);
}

async function recordAll(
  instance: LiveInstance,
  state: State,
  events: readonly Event[],
  parts: CodeParts,
): Promise<void> {
  for (const event of events) await recordEvent(instance, state, event, parts);
  await recordDue(instance, state, state.now, parts);
}

async function recordDue(
  instance: LiveInstance,
  state: State,
  instant: number,
  parts: CodeParts,
): Promise<void> {
  for (;;) {
    const event = state.ended ? undefined : nextDueEvent(state, Math.max(instant, state.now));
    if (!event) return;
    await recordEvent(instance, state, event, parts);
  }
}

/** Makes the code ready; an instance whose code cannot be run is stopped, and keeps its messages. */
async function isRunnable(instance: LiveInstance, options: HandleOptions): Promise<boolean> {
  // Once is enough: it would keep what comes before, and run what comes after.
  if (instance.stopped && instance.stopped !== options.stoppedBefore) return false;
  try {
    await ensureExecution(instance, options);
    if (instance.stopped) instance.isDirty = true;
    instance.stopped = undefined;
    return true;
  } catch (error) {
    stop(instance, error, options);
    return false;
  }
}
