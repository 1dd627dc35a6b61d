import { type Duration, toMs, toTimeoutMs } from "../core/values/duration.ts";
import { InfiniticError } from "../core/values/errors.ts";
import { failureOf } from "../core/values/failure.ts";
import { checkKeys } from "../core/values/option-keys.ts";
import type { Outcome } from "../core/values/outcome.ts";
import { Deferred } from "../runtime/deferred.ts";
import { toJson } from "../runtime/json-copy.ts";
import { currentMethod, holds } from "../runtime/scope.ts";
import type { Sleep } from "../runtime/sleep.ts";

export interface InlineOptions {
  /** Then the inline task fails. Default: 20 s. */
  readonly timeout?: Duration;
}

/**
 * Runs a function in place, with nothing guarded: it may use chance, the clock and I/O.
 *
 * At least once until its outcome is in history, then never again: replays give the recorded value. It may not
 * use the workflow (stubs, timers, channels): that throws `INVALID_INLINE`, as does a change of its properties.
 *
 * @throws InfiniticError `INVALID_OPTION`
 * @example
 * const cores = await inline(() => cpus().length, { timeout: "2s" });
 */
export function inline<T>(run: () => T | Promise<T>, options: InlineOptions = {}): Deferred<Awaited<T>> {
  const method = currentMethod("an inline task");
  const { timeout = "20s" } = options;
  const isChecked = holds("localOptionsAreChecked");
  if (isChecked) checkKeys(options, ["timeout"]);
  const timeoutMs = isChecked ? toTimeoutMs(timeout) : toMs(timeout);
  const { execution } = method;
  return new Deferred(
    execution.runInline(method, method.nextCommandId(), () =>
      outcomeOf(run, timeoutMs, execution.inlines.sleep),
    ),
  );
}

async function outcomeOf(run: () => unknown, timeoutMs: number, sleep: Sleep): Promise<Outcome> {
  const ended = new AbortController();
  const timeout = sleep(timeoutMs, ended.signal).then(
    () => {
      const message = `expected an inline task to end within ${timeoutMs} ms, got no outcome`;
      throw new InfiniticError("ATTEMPT_TIMED_OUT", message);
    },
    () => undefined, // it rejects once the task has ended
  );
  try {
    const value = toJson(await Promise.race([run(), timeout]), "the result of an inline task");
    return value === undefined ? { kind: "completed" } : { kind: "completed", value };
  } catch (error) {
    return { kind: "failed", failure: failureOf(error) };
  } finally {
    ended.abort();
  }
}
