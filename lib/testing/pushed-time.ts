import { MemoryDueStore } from "../adapters/memory/due-store.ts";
import type { Handler } from "../adapters/memory/function-invoker.ts";
import type { DueStore } from "../ports/due-store.ts";
import { type ClockSystem, type ManualClock, turns } from "./manual-clock.ts";
import { RealWork } from "./real-work.ts";

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

const MINUTE_MS = 60_000;
/** Sweeps leave the last minutes alone: something may still be written there. */
const SETTLED_MINUTES = 10;

/** Pushes the clock of a system on to where something can happen, while nothing real runs in its functions. */
export class PushedTime implements ClockSystem {
  readonly #clock: ManualClock;
  readonly #dueStore: DueStore;
  readonly #realWork = new RealWork();
  readonly #asked = new Set<string>();

  constructor({ clock, dueStore }: { readonly clock: ManualClock; readonly dueStore: DueStore }) {
    this.#clock = clock;
    this.#dueStore = dueStore;
    clock.attach(this);
  }

  /** Waits for an outcome; `checkHope` throws when it cannot come any more, or there is nothing left to bring it. */
  async until<T>(outcome: Promise<T>, checkHope: (isOver: boolean) => void): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    outcome.then(settle, settle);
    this.#clock.asked();
    await this.#clock.advance(0);
    while (!isSettled) {
      const isOver = !(await this.#clock.advanceToNext(() => isSettled));
      if (!isSettled) checkHope(isOver);
    }
    return outcome;
  }

  /** Has time stand while anything real runs in a function. */
  watched(handler: Handler): Handler {
    return async (event, context) => {
      this.#clock.happened();
      try {
        return await this.#realWork.run(() => handler(event, context));
      } finally {
        this.#clock.happened();
      }
    };
  }

  /** Notes each request that does not only repeat another one. */
  noting(fetch: Fetch): Fetch {
    return (input, init) => {
      const { url, method = "GET" } = input instanceof Request ? input : { url: String(input), ...init };
      if (method !== "GET" || !this.#asked.has(url)) this.#clock.asked();
      this.#asked.add(url);
      return fetch(input, init);
    };
  }

  async settled(isOver: () => boolean): Promise<void> {
    while (this.#realWork.goesOn && !isOver()) {
      await this.#realWork.passTime();
      await turns();
    }
  }

  /** When the sweeper, which looks a minute ahead, will find something. Of another store than ours nobody knows. */
  nextFind(): number | undefined {
    if (!(this.#dueStore instanceof MemoryDueStore)) return this.#clock.now();
    const nextDueAt = this.#dueStore.nextDueAt();
    return nextDueAt === undefined ? undefined : (Math.floor(nextDueAt / MINUTE_MS) - 1) * MINUTE_MS;
  }

  /** As the sweeps before that instant would have done, moves the cursor up to it, or to the first that is due. */
  async leap(to: number): Promise<void> {
    if (!(this.#dueStore instanceof MemoryDueStore)) return;
    const cursor = await this.#dueStore.loadCursor();
    const nextDueAt = this.#dueStore.nextDueAt() ?? Infinity;
    const next = Math.floor(Math.min(to, nextDueAt) / MINUTE_MS) - SETTLED_MINUTES;
    if (cursor !== undefined && next > cursor) await this.#dueStore.moveCursor(cursor, next);
  }

  close(): void {
    this.#realWork.close();
  }
}
