import type { Clock } from "../../ports/clock.ts";
import type { Entry } from "./entry.ts";

interface Delayed {
  readonly entry: Entry;
  readonly deliverAt: number;
}

/** Entries that wait for their instant: a binary heap, and one alarm for the earliest. */
export class Delays {
  readonly #clock: Clock;
  readonly #onDue: (entry: Entry) => void;
  readonly #heap: Delayed[] = [];
  #alarm = new AbortController();
  #alarmAt = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(clock: Clock, onDue: (entry: Entry) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  add(entry: Entry, deliverAt: number): void {
    const heap = this.#heap;
    const added = { entry, deliverAt };
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(added, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = added;
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    this.#alarm.abort();
  }

  #arm(): void {
    const earliest = this.#heap[0];
    if (this.#closed || earliest === undefined || earliest.deliverAt >= this.#alarmAt) return;
    this.#alarm.abort();
    this.#alarm = new AbortController();
    this.#alarmAt = earliest.deliverAt;
    this.#clock.sleep(earliest.deliverAt - this.#clock.now(), this.#alarm.signal).then(
      () => this.#ring(),
      () => undefined, // aborted: another alarm took its place, or the broker closed
    );
  }

  #ring(): void {
    this.#alarmAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    // A timer may fire early by the clock; what is not due is armed again.
    for (let next = this.#heap[0]; next !== undefined && next.deliverAt <= now; next = this.#heap[0]) {
      this.#removeEarliest();
      this.#onDue(next.entry);
    }
    this.#arm();
  }

  #removeEarliest(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let below = heap[child];
      const right = heap[child + 1];
      if (below === undefined) break;
      if (right !== undefined && isBefore(right, below)) {
        child += 1;
        below = right;
      }
      if (!isBefore(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

/** Earlier instants first, then as published. */
function isBefore(a: Delayed, b: Delayed): boolean {
  return a.deliverAt < b.deliverAt || (a.deliverAt === b.deliverAt && a.entry.position < b.entry.position);
}
