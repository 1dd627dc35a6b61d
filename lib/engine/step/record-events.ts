import { nextDueEvent } from "../../core/model/due.ts";
import type { Event } from "../../core/model/history.ts";
import type { State } from "../../core/model/state.ts";
import type { Stopped } from "../../instance/tip.ts";
import type { CodeParts } from "../../runtime/replay.ts";
import type { LiveInstance } from "../live-instance.ts";
import type { Retention } from "./retention.ts";
import { ensureExecution, recordEvent } from "./run-code.ts";
import { stop } from "./stopped.ts";
import type { Log } from "./unheard.ts";

export interface AcceptOptions extends CodeParts {
  readonly retention: Retention;
  /** The engine's clock. */
  readonly now: number;
  /** False: workflow code has killed invocations; keep the message, mark the instance stopped. */
  readonly run: boolean;
  readonly log?: Log | undefined;
}

/** How a message is handled. */
export interface HandleOptions extends AcceptOptions {
  /** The message that has come; another is one that has waited. */
  readonly cause: string;
  /** How the instance stood before. */
  readonly stoppedBefore: Stopped | undefined;
}

/** Records the events that a message is, with what the code does on them, and what has become due meanwhile. */
export async function recordAll(
  instance: LiveInstance,
  state: State,
  events: readonly Event[],
  parts: CodeParts,
): Promise<void> {
  for (const event of events) await recordEvent(instance, state, event, parts);
  await recordDue(instance, state, state.now, parts);
}

/** Records all that is due at an instant. */
export async function recordDue(
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
export async function isRunnable(instance: LiveInstance, options: HandleOptions): Promise<boolean> {
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
