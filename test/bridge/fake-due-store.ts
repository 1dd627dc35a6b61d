import type { DueItem, DueStore } from "../../lib/ports/due-store.ts";

/** Due items in memory. */
export class FakeDueStore implements DueStore {
  readonly items: DueItem[] = [];
  cursor: number | undefined = undefined;

  async put(item: DueItem): Promise<{ readUnits: number; writeUnits: number }> {
    this.items.push(item);
    return { readUnits: 0, writeUnits: 1 };
  }

  async read(minute: number, limit: number): Promise<{ items: DueItem[]; more: boolean }> {
    const items = this.items
      .filter(({ dueAt }) => Math.floor(dueAt / 60_000) === minute)
      .toSorted((one, other) => one.dueAt - other.dueAt);
    return { items: items.slice(0, limit), more: items.length > limit };
  }

  async remove(items: readonly Pick<DueItem, "dueAt" | "id">[]): Promise<void> {
    for (const { dueAt, id } of items) {
      const index = this.items.findIndex((item) => item.dueAt === dueAt && item.id === id);
      if (index !== -1) this.items.splice(index, 1);
    }
  }

  async loadCursor(): Promise<number | undefined> {
    return this.cursor;
  }

  async moveCursor(previous: number | undefined, next: number): Promise<boolean> {
    if (this.cursor !== previous) return false;
    this.cursor = next;
    return true;
  }
}
