import type { DueItem, DuePage, DueStore } from "../../ports/due-store.ts";
import type { Consumed } from "../../ports/state-store.ts";
import { encodeDue } from "../dynamodb/due-item.ts";
import { dueSortKey, minuteOf } from "../dynamodb/keys.ts";
import { checkItemFits, itemBytes, writeUnits } from "../dynamodb/stored-item.ts";

/**
 * Keeps far wake-ups in this process; lost with the process.
 *
 * @example
 * const store = new MemoryDueStore();
 * await store.put({ dueAt: 3_600_000, id: "Booking:42", topic: "workflow-engine:Booking", key: "42", payload: "…" });
 * const { items } = await store.read(60, 100);
 */
export class MemoryDueStore implements DueStore {
  readonly #buckets = new Map<number, Map<string, DueItem>>();
  #cursor: number | undefined;

  /** When the first of all items is due; undefined when there is none. */
  nextDueAt(): number | undefined {
    if (this.#buckets.size === 0) return undefined;
    const first = this.#buckets.get(Math.min(...this.#buckets.keys()));
    return first && Math.min(...Array.from(first.values(), ({ dueAt }) => dueAt));
  }

  async put(item: DueItem): Promise<Consumed> {
    const bytes = checkItemFits(encodeDue(item));
    const minute = minuteOf(item.dueAt);
    const bucket = this.#buckets.get(minute) ?? new Map<string, DueItem>();
    this.#buckets.set(minute, bucket);
    const sortKey = dueSortKey(item.dueAt, item.id);
    const before = bucket.get(sortKey);
    bucket.set(sortKey, item);
    return { readUnits: 0, writeUnits: writeUnits(bytes, before && itemBytes(encodeDue(before))) };
  }

  async read(minute: number, limit: number): Promise<DuePage> {
    const found = this.#buckets.get(minute);
    if (found === undefined) return { items: [], more: false };
    const bucket = [...found.values()];
    const items = bucket.sort((a, b) => a.dueAt - b.dueAt).slice(0, limit);
    return { items, more: items.length < bucket.length };
  }

  async remove(items: readonly Pick<DueItem, "dueAt" | "id">[]): Promise<void> {
    for (const { dueAt, id } of items) {
      const minute = minuteOf(dueAt);
      const bucket = this.#buckets.get(minute);
      bucket?.delete(dueSortKey(dueAt, id));
      if (bucket?.size === 0) this.#buckets.delete(minute);
    }
  }

  async loadCursor(): Promise<number | undefined> {
    return this.#cursor;
  }

  async moveCursor(previous: number | undefined, next: number): Promise<boolean> {
    if (this.#cursor !== previous) return false;
    this.#cursor = next;
    return true;
  }
}
