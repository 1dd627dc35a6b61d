import { type Duration, toMs } from "../core/values/duration.ts";
import { InfiniticError } from "../core/values/errors.ts";
import { Deferred } from "../runtime/deferred.ts";
import { currentMethod } from "../runtime/scope.ts";

/**
 * Starts a durable timer; it gives its instant. One in the past fires at once.
 *
 * @param when a duration from now, or an instant
 * @throws InfiniticError `INVALID_OPTION`
 * @example
 * const endedAt = await timer(new Date(endsAt)); // or timer("1h"): from now
 */
export function timer(when: Duration | Date): Deferred<Date> {
  const method = currentMethod("a timer");
  const { execution } = method;
  const dueAt = when instanceof Date ? when.getTime() : execution.now + toMs(when);
  if (!Number.isFinite(dueAt))
    throw new InfiniticError("INVALID_OPTION", `expected a valid instant, got ${when}`);
  return new Deferred(execution.call(method, { kind: "timer", id: method.nextCommandId(), dueAt }));
}
