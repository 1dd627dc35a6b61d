import { describe, expect, test } from "vitest";
import { LONGEST_TIMER_MS, startTimer } from "../../lib/core/values/long-timer.ts";

const DAY = 86_400_000;

/** Timers that fire at once when they are too long, as a platform's do. */
class Platform {
  now = 0;
  readonly #pending = new Map<number, { readonly at: number; readonly act: () => void }>();
  #next = 0;

  readonly start = (act: () => void, ms: number): number => {
    this.#pending.set(this.#next, { at: this.now + (ms > LONGEST_TIMER_MS ? 1 : ms), act });
    return this.#next++;
  };
  readonly stop = (timer: number): void => void this.#pending.delete(timer);

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [first] = [...this.#pending].sort(([, a], [, b]) => a.at - b.at);
      if (first === undefined || first[1].at > end) break;
      this.#pending.delete(first[0]);
      this.now = first[1].at;
      first[1].act();
    }
    this.now = end;
  }

  get pending(): number {
    return this.#pending.size;
  }
}

describe("EDG-44 a timer", () => {
  test.each([0, 1, LONGEST_TIMER_MS, LONGEST_TIMER_MS + 1, 30 * DAY, 365 * DAY])(
    "of %d ms fires then, once",
    (ms) => {
      const platform = new Platform();
      const firedAt: number[] = [];
      startTimer(ms, () => firedAt.push(platform.now), platform);
      platform.pass(Math.max(0, ms - 1));
      expect(firedAt).toEqual(ms === 0 ? [0] : []);
      platform.pass(ms + 60 * DAY);
      expect(firedAt).toEqual([ms]);
    },
  );

  test("without an end never fires", () => {
    const platform = new Platform();
    startTimer(Infinity, () => expect.fail("fired"), platform);
    platform.pass(10_000 * DAY);
    expect(platform.pending).toBe(1);
  });

  test("is stopped in any of its pieces", () => {
    for (const after of [0, 29 * DAY]) {
      const platform = new Platform();
      const stop = startTimer(60 * DAY, () => expect.fail("fired"), platform);
      platform.pass(after);
      stop();
      platform.pass(100 * DAY);
      expect(platform.pending).toBe(0);
    }
  });
});
