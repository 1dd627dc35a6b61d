import type { DueItem, DuePage, DueStore } from "../../ports/due-store.ts";
import type { Consumed } from "../../ports/state-store.ts";

const MINUTE_MS = 60_000;

/** Keeps far wake-ups in memory. */
export class MemoryDueStore implements DueStore {
  readonly #items = new Map<string, DueItem>();
  #cursor: number | undefined;

  async put(item: DueItem): Promise<Consumed> {
    this.#items.set(nameOf(item), item);
    return { readUnits: 0, writeUnits: 1 };
  }

  async read(minute: number, limit: number): Promise<DuePage> {
    const due = [...this.#items.values()]
      .filter(({ dueAt }) => Math.floor(dueAt / MINUTE_MS) === minute)
      .sort((a, b) => a.dueAt - b.dueAt);
    return { items: due.slice(0, limit), more: due.length > limit };
  }

  async remove(items: readonly Pick<DueItem, "dueAt" | "id">[]): Promise<void> {
    for (const item of items) this.#items.delete(nameOf(item));
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

function nameOf({ dueAt, id }: Pick<DueItem, "dueAt" | "id">): string {
  return `${dueAt}#${id}`;
}
