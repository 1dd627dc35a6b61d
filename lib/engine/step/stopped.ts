import type { InstanceMessage } from "../../core/protocol/messages.ts";
import { InfiniticError, isTransient } from "../../core/values/errors.ts";
import { failureOf } from "../../core/values/failure.ts";
import type { Instance } from "../../instance/instance.ts";
import type { Stopped } from "../../instance/tip.ts";
import type { Log } from "./unheard.ts";

/** When a stopped instance tries its code again by itself; the last delay repeats. */
const STOPPED_RETRY_MS = [60_000, 300_000, 900_000, 3_600_000];

/**
 * Says that an instance's code cannot be run, why, and when that is tried again: in its description, and each time that
 * it was tried in the log.
 *
 * @throws what passes: that is no fault of the code, and the whole step is soon tried again
 */
export function stop(
  instance: Instance,
  error: unknown,
  { now, log }: { readonly now: number; readonly log?: Log | undefined },
): void {
  if (isTransient(error)) throw error;
  const before: Stopped | undefined = instance.stopped;
  const attempts = before ? before.attempts + (before.retryAt <= now ? 1 : 0) : 0;
  const delayMs = STOPPED_RETRY_MS[Math.min(attempts, STOPPED_RETRY_MS.length - 1)] as number;
  const retryAt = before && before.retryAt > now ? before.retryAt : now + delayMs;
  instance.stopped = { failure: failureOf(error), attempts, retryAt };
  instance.isDirty = true;
  if (!before || before.retryAt <= now) log?.(lineOf(instance, error, retryAt));
}

function lineOf({ key, state }: Instance, error: unknown, retryAt: number): string {
  const code = error instanceof InfiniticError ? error.code : "UNCAUGHT_ERROR";
  const message = `an instance has stopped: ${failureOf(error).message}`;
  const again = new Date(retryAt).toISOString();
  return JSON.stringify({ level: "error", code, message, ...key, run: state?.key.run, retryAt: again });
}

/** Keeps a message until the code can be run, or the instance is started. */
export function keep(instance: Instance, message: InstanceMessage): void {
  instance.waiting.push(message);
  instance.isDirty = true;
}
