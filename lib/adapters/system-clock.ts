import { setTimeout } from "node:timers/promises";
import type { Clock } from "../ports/clock.ts";

/** Longer timers fire at once in Node. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

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
