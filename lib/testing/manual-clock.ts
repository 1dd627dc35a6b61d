import type { Clock } from "../ports/clock.ts";

interface Sleeper {
  readonly dueAt: number;
  /** Who only looks may sleep on until then, if nothing has happened since it began to. */
  readonly looksUntil: number | undefined;
  /** What had happened by then. */
  readonly happenings: number;
  readonly wake: () => void;
}

/** What a clock that is pushed asks the system that goes by it. */
export interface ClockSystem {
  /** Resolves once nothing goes on that needs none of this clock's time, or all is over. */
  settled(isOver: () => boolean): Promise<void>;
  /** The earliest instant at which who looks will find something; undefined: none. */
  nextFind(): number | undefined;
  /** Does what would have been done meanwhile by those who look in vain. */
  leap(to: number): Promise<void>;
}

/** How long time stops for the end of a wait that may only be repeated: longer than any one wait. */
const IN_VAIN_MS = 2 * 60_000;

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
  #system: ClockSystem | undefined;
  #happenings = 0;
  #askedAt: number;

  /** @param now epoch milliseconds */
  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
    this.#askedAt = now;
  }

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal, looksUntil?: number): Promise<void> {
    signal?.throwIfAborted();
    if (ms <= 0) return;
    await new Promise<void>((resolve, reject) => {
      const sleeper: Sleeper = {
        dueAt: this.#now + ms,
        looksUntil,
        happenings: this.#happenings,
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

  /** Has a system say what time waits for. Without one, time stops for everybody who sleeps. */
  attach(system: ClockSystem): void {
    this.#system = system;
  }

  /** Says that something has happened: who looks may find it. */
  happened(): void {
    this.#happenings += 1;
  }

  /** Says that something new was asked for: from now on whoever waits for it in vain is told so in time, for a while. */
  asked(): void {
    this.#askedAt = this.#now;
  }

  /** Moves time on, waking sleepers one by one at their instants; each may do what it can before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.#settle(NEVER);
    do await this.#goTo(Math.min(this.#next() ?? this.nextDueAt ?? end, end), NEVER);
    while (this.#now < end);
  }

  /**
   * Moves time on to the next instant at which something can happen, unless all is over before.
   *
   * @returns whether there is one: false when only those are left who look in vain
   */
  async advanceToNext(isOver: () => boolean): Promise<boolean> {
    await this.#settle(isOver);
    if (isOver()) return true;
    const next = this.#next();
    await this.#goTo(next ?? this.nextDueAt ?? this.#now, isOver);
    return next !== undefined;
  }

  async #goTo(instant: number, isOver: () => boolean): Promise<void> {
    if (this.nextDueAt !== undefined && this.nextDueAt < instant) await this.#system?.leap(instant);
    this.#now = Math.max(this.#now, instant);
    for (;;) {
      const [next] = this.#sleepers;
      if (next === undefined || next.dueAt > this.#now) return;
      this.#sleepers.shift();
      next.wake();
      await this.#settle(isOver);
    }
  }

  /** When something can happen: not when somebody looks in vain. */
  #next(): number | undefined {
    const find = this.#system?.nextFind();
    if (this.#system === undefined || (find !== undefined && find <= this.#now)) return this.nextDueAt;
    const isInVain = this.#now - this.#askedAt > IN_VAIN_MS;
    let next = find ?? Infinity;
    for (const { dueAt, looksUntil, happenings } of this.#sleepers) {
      if (dueAt >= next) break; // none that follows is earlier
      if (looksUntil === undefined || happenings < this.#happenings) next = dueAt;
      else if (!isInVain) next = Math.min(next, Math.max(dueAt, looksUntil));
    }
    return next === Infinity ? undefined : next;
  }

  async #settle(isOver: () => boolean): Promise<void> {
    await turns();
    await this.#system?.settled(isOver);
  }
}

const NEVER = (): boolean => false;

/** Lets everything run that waits for no clock and no I/O. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
