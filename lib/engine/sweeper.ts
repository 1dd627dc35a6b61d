import type { DueRef, Emit, SweepReply, SweepRequest } from "../core/protocol/invocation.ts";
import type { Clock } from "../ports/clock.ts";
import type { DueItem, DueStore } from "../ports/due-store.ts";

const MINUTE_MS = 60_000;

/** A bucket is passed only when it is found empty this long after its minute: by then nobody writes to it. */
const SETTLED_MS = 5 * MINUTE_MS;

/** Where the first sweep of all begins: items may have waited since before there was a sweeper. */
const FIRST_SWEEP_MS = 24 * 60 * MINUTE_MS;

/** Items of one reply, and their encoded size: a reply must fit what the platform takes. */
const PAGE_ITEMS = 500;
const PAGE_BYTES = 3 * 1024 * 1024;

/** How long one sweep takes at most before it answers what it has. */
const SWEEP_MS = 10_000;

/**
 * Finds far wake-ups that are due by the end of the next minute, oldest bucket first.
 *
 * Publishes nothing itself: it deletes an item only when told that the item's emit has a receipt, and answers it
 * again until then. Several sweepers may run at once; an item is then published more than once, which its
 * receiver does not mind (I1). The cursor never passes what is not published, however long nobody swept.
 */
export class Sweeper {
  readonly #store: DueStore;
  readonly #clock: Clock;

  constructor(options: { readonly store: DueStore; readonly clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /** @throws InfiniticError `STORE_THROTTLED`, `STORE_UNAVAILABLE`: ask again later */
  async sweep({ published }: SweepRequest): Promise<SweepReply> {
    if (published.length > 0) await this.#store.remove(published.map(parseDueRef));
    const startedAt = this.#clock.now();
    const lastMinute = minuteOf(startedAt) + 1;
    const cursor = await this.#store.loadCursor();
    const first = cursor ?? minuteOf(startedAt - FIRST_SWEEP_MS);
    const page = new Page(startedAt);
    let passed = first;
    let minute = first;
    for (; minute <= lastMinute && !page.isFull; minute += 1) {
      if (this.#clock.now() - startedAt > SWEEP_MS) break;
      const { items, more } = await this.#store.read(minute, page.room);
      page.add(items, more);
      const isEmpty = items.length === 0 && !more;
      if (isEmpty && minute === passed && isSettled(minute, startedAt)) passed = minute + 1;
    }
    if (passed !== cursor) await this.#store.moveCursor(cursor, passed);
    return { emits: page.emits, more: page.isFull || minute <= lastMinute };
  }
}

/** The emits of one reply. */
class Page {
  readonly emits: Emit[] = [];
  readonly #now: number;
  #bytes = 0;
  #isCut = false;

  constructor(now: number) {
    this.#now = now;
  }

  get room(): number {
    return PAGE_ITEMS - this.emits.length;
  }

  get isFull(): boolean {
    return this.#isCut || this.room === 0;
  }

  add(items: readonly DueItem[], hasMore: boolean): void {
    for (const item of items) {
      const emit = toEmit(item, this.#now);
      const bytes = Buffer.byteLength(JSON.stringify(emit));
      if (this.emits.length > 0 && this.#bytes + bytes > PAGE_BYTES) {
        this.#isCut = true;
        return;
      }
      this.emits.push(emit);
      this.#bytes += bytes;
    }
    if (hasMore) this.#isCut = true;
  }
}

function toEmit({ dueAt, id, topic, key, payload }: DueItem, now: number): Emit {
  const emit = { cause: dueRef(dueAt, id), topic, key, payload };
  return dueAt > now ? { ...emit, deliverAt: dueAt } : emit;
}

function dueRef(dueAt: number, id: string): DueRef {
  return `${dueAt}:${id}`;
}

function parseDueRef(ref: DueRef): Pick<DueItem, "dueAt" | "id"> {
  const colon = ref.indexOf(":");
  return { dueAt: Number(ref.slice(0, colon)), id: ref.slice(colon + 1) };
}

function minuteOf(instant: number): number {
  return Math.floor(instant / MINUTE_MS);
}

function isSettled(minute: number, now: number): boolean {
  return now >= (minute + 1) * MINUTE_MS + SETTLED_MS;
}
