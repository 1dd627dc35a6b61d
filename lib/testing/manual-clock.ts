import type { Clock } from "../ports/clock.ts";

interface Sleeper {
  readonly dueAt: number;
  readonly wake: () => void;
}

/**
 * A clock that stands still until it is pushed.
 *
 * @example
 * const clock = new ManualClock();
 * const slept = clock.sleep(1_000);
 * await clock.advance(1_000);
 * await slept;
 */
export class ManualClock implements Clock {
  #now: number;
  /** By due instant, then by the order of the calls. */
  #sleepers: Sleeper[] = [];

  /** @param now epoch milliseconds */
  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (ms <= 0) return;
    await new Promise<void>((resolve, reject) => {
      const sleeper: Sleeper = {
        dueAt: this.#now + ms,
        wake: () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
      };
      const abort = (): void => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      const index = this.#sleepers.findIndex(({ dueAt }) => dueAt > sleeper.dueAt);
      this.#sleepers.splice(index === -1 ? this.#sleepers.length : index, 0, sleeper);
    });
  }

  /** When the next sleeper wakes; undefined when nobody sleeps. */
  get nextDueAt(): number | undefined {
    return this.#sleepers[0]?.dueAt;
  }

  /** Moves time on, waking sleepers one by one at their instants; each may do what it can before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await turns();
    for (;;) {
      const [next] = this.#sleepers;
      if (next === undefined || next.dueAt > end) break;
      this.#sleepers.shift();
      this.#now = Math.max(this.#now, next.dueAt);
      next.wake();
      await turns();
    }
    this.#now = end;
  }
}

/** Lets everything run that waits for no clock and no I/O. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
