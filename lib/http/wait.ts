import { WorkflowUnknownError } from "../core/values/remote-errors.ts";
import { readItem, type StartedInstance } from "../instance/read-instance.ts";
import type { InstanceKey } from "../ports/state-store.ts";
import type { Call } from "./call.ts";

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 1_000;
/** An instance that nobody has seen for so long will not start. */
const UNKNOWN_AFTER_MS = 10_000;

/** What a wait has come to: `found` is what was waited for, `instance` what was read last. */
export interface Waited<T> {
  readonly found: T | undefined;
  readonly instance: StartedInstance | undefined;
}

/**
 * Reads an instance, again and again until `look` finds something or the call's wait is over; once if the call
 * does not wait. Reads are consistent, and decoded only when the instance has changed; its chunks are read when there
 * are new ones.
 *
 * @param options `deadline`: an earlier end of the wait than the call's own; `unknownAfterMs`: how long the instance
 * may be unknown; `expects`: whether its start is known to be on its way, so that it is not unknown
 * @throws InfiniticError `WORKFLOW_UNKNOWN`
 */
export async function waitFor<T>(
  { parts: { clock, stateStore }, startedAt, deadline: wholeWait }: Call,
  key: InstanceKey,
  look: (instance: StartedInstance) => T | undefined | Promise<T | undefined>,
  options: {
    readonly deadline?: number;
    readonly unknownAfterMs?: number;
    readonly expects?: () => Promise<boolean>;
  } = {},
): Promise<Waited<T>> {
  const { unknownAfterMs = UNKNOWN_AFTER_MS } = options;
  const deadline = Math.min(wholeWait, options.deadline ?? Infinity);
  let instance: StartedInstance | undefined;
  let v: string | undefined;
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    const { item } = await stateStore.load(key);
    if (item?.v !== v) {
      v = item?.v;
      instance = item && (await readItem(stateStore, key, item, instance));
      const found = instance && (await look(instance));
      if (found !== undefined) return { found, instance };
    }
    const now = clock.now();
    if (instance === undefined && now - startedAt >= unknownAfterMs && !(await options.expects?.())) {
      throw new WorkflowUnknownError(key);
    }
    if (now >= deadline) return { found: undefined, instance };
    await clock.sleep(Math.min(delayMs, deadline - now), undefined, deadline);
  }
}
