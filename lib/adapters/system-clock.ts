import { setTimeout } from "node:timers/promises";
import { LONGEST_TIMER_MS } from "../core/values/long-timer.ts";
import type { Clock } from "../ports/clock.ts";

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    for (let left = ms; left > 0; left -= LONGEST_TIMER_MS) {
      await setTimeout(Math.min(left, LONGEST_TIMER_MS), undefined, { signal });
    }
    signal?.throwIfAborted();
  },
};
