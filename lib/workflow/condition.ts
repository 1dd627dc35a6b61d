import { type Duration, toMs, toTimeoutMs } from "../core/values/duration.ts";
import { scopedId } from "../core/values/ids.ts";
import { checkKeys } from "../core/values/option-keys.ts";
import { Condition } from "../runtime/condition.ts";
import { Deferred } from "../runtime/deferred.ts";
import { currentMethod, holds } from "../runtime/scope.ts";

export interface ConditionOptions {
  /** Then the condition gives false. Default: it waits for ever. */
  readonly timeout?: Duration;
}

/**
 * Waits until a condition on the instance's properties holds: gives true then, or false at the timeout.
 *
 * It is evaluated after each event of the instance, once the code has done all that it does on that event; where
 * several wait, one after the other, in the order in which they were asked for. It may only read, and depend on nothing
 * but properties and the clock.
 *
 * @throws InfiniticError `INVALID_OPTION`
 * @example
 * const isDone = await condition(() => this.printed >= pages, { timeout: "1h" });
 */
export function condition(predicate: () => boolean, options: ConditionOptions = {}): Deferred<boolean> {
  const method = currentMethod("a condition");
  const { key, conditions } = method.execution;
  const id = scopedId(key, `${method.index}.condition-${conditions.next()}`);
  const { timeout } = options;
  const isChecked = holds("localOptionsAreChecked");
  if (isChecked) checkKeys(options, ["timeout"]);
  const timeoutMs = timeout === undefined ? undefined : isChecked ? toTimeoutMs(timeout) : toMs(timeout);
  const asked = new Condition(id, method, predicate, timeoutMs);
  conditions.add(asked);
  return new Deferred(asked);
}
