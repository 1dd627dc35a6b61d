import { nextDeadline } from "../../core/model/due.ts";
import { wakeAt } from "../../core/model/emits.ts";
import { sendsAnything } from "../../core/model/outbox.ts";
import type { State } from "../../core/model/state.ts";
import type { Outgoing } from "../../core/protocol/outgoing.ts";
import type { Instance } from "../../instance/instance.ts";
import { lifeOf, type Retention } from "./retention.ts";

/** A wake-up further ahead than this waits in the store, a nearer one in the broker. */
const FAR_MS = 15 * 60_000;
/** After an item has expired, so that whoever is woken finds it gone. */
export const CLEAN_UP_MS = 60_000;

/** The one wake-up of an instance that is to be sent. */
export interface Wake {
  readonly at: number;
  /** It waits in the due store, written before the commit. */
  readonly isFar: boolean;
  /** It comes for what is left of the run. */
  readonly cleansUp: boolean;
}

/** Clocks differ: a wake-up that came early comes again so much later than it was due, at most. */
const MAX_SHIFT_MS = 1_000;

/**
 * Arms the one wake-up of an instance when an earlier deadline than the armed one appeared.
 *
 * What is armed stands only while a deadline does: so a wake-up that comes either finds one, and what it arms is
 * committed, or finds nothing armed. That it was used up needs no write, and no clock to be found out by (I7).
 *
 * @param woken the instant of the armed wake-up that has just come: what it arms is for a later one, so that no wake-up
 * is ever the cause of itself, by way of others, and published again for ever
 */
export function arm(
  instance: Instance,
  { now, retention }: { readonly now: number; readonly retention: Retention },
  woken?: number,
): Wake | undefined {
  const { state } = instance;
  const cleanUp = cleanUpAt(instance, now, retention);
  const deadline = earliest([...deadlinesOf(instance), cleanUp]);
  if (!state || deadline === undefined) {
    instance.armed = undefined;
    return undefined;
  }
  const { armed } = instance;
  const isEarly = woken !== undefined && deadline <= woken;
  const at = isEarly ? woken + 1 + Math.max(0, Math.min(deadline - now, MAX_SHIFT_MS)) : deadline;
  if (armed !== undefined && armed <= at && armed > now) return undefined;
  instance.armed = at;
  instance.isDirty = true;
  const cleansUp = deadline === cleanUp;
  return { at, isFar: cleansUp || at - now > FAR_MS, cleansUp };
}

/** Forgets what an earlier version left armed without a deadline: that wake-up may have come. */
export function disarmIdle(instance: Instance): void {
  const isIdle = instance.state?.ended === false && earliest(deadlinesOf(instance)) === undefined;
  if (isIdle) instance.armed = undefined;
}

function deadlinesOf({ state, stopped }: Instance): readonly (number | undefined)[] {
  return [state && !state.ended ? nextDeadline(state) : undefined, stopped?.retryAt];
}

function earliest(instants: readonly (number | undefined)[]): number | undefined {
  const known = instants.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** A wake-up as it is to be written to the due store, if that is where it waits. */
export function farWakes(state: State, wake: Wake | undefined): readonly Outgoing[] {
  return wake?.isFar ? [wakeAt(state, wake.at, wake.cleansUp)] : [];
}

/** When chunks and payloads, which have no clock of their own, are to be deleted. */
function cleanUpAt(
  { state, chunked, payloadBytes, status }: Instance,
  now: number,
  retention: Retention,
): number | undefined {
  const lifeMs = chunked || payloadBytes > 0 ? lifeOf(status, retention) : undefined;
  if (!state || lifeMs === undefined) return undefined;
  return Math.max(state.now + lifeMs, now) + CLEAN_UP_MS;
}

/** Notes what a message made the instance send, if anything (I4). */
export function record(instance: Instance, cause: string, from: number, wake: number | undefined): void {
  const { state, history } = instance;
  const to = history.length;
  if (!state || (to === from && wake === undefined)) return;
  const entry = { number: instance.nextEntry, cause, from, to, ...(wake !== undefined && { wake }) };
  if (!sendsAnything(state, history, entry)) return;
  instance.nextEntry++;
  instance.outbox.push(entry);
}
