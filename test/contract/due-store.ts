import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DueItem, DueStore } from "../../lib/ports/due-store.ts";

/** Opens stores of one and the same data, which is empty at first. */
export interface DueStoreSubject {
  open(): DueStore;
  stop(): Promise<void>;
}

const MINUTE_MS = 60_000;

/** Specifies {@link DueStore} for one adapter. */
export function dueStoreContract(name: string, start: () => Promise<DueStoreSubject>): void {
  describe(`due store: ${name}`, () => {
    let subject: DueStoreSubject;
    let store: DueStore;
    beforeAll(async () => {
      subject = await start();
      store = subject.open();
    });
    afterAll(() => subject.stop());

    let lastMinute = Date.UTC(2026, 0, 1) / MINUTE_MS;
    /** A bucket of its own for each test. */
    const newMinute = (): number => {
      lastMinute += 10;
      return lastMinute;
    };
    const put = (items: readonly DueItem[]) => Promise.all(items.map((item) => store.put(item)));
    const readAll = async (minute: number): Promise<readonly DueItem[]> => {
      const { items, more } = await store.read(minute, 1_000);
      expect(more).toBe(false);
      return items;
    };

    test("brings an item back as it was", async () => {
      const minute = newMinute();
      const item = due(minute, 1, { id: "Booking:a~b@c.d:run:w#1%2", key: "…", payload: '{"a":"“Ž” 🦆"}' });
      const consumed = await store.put(item);
      expect(consumed).toEqual({ readUnits: 0, writeUnits: 1 });
      expect(await readAll(minute)).toEqual([item]);
    });

    test("keeps an item that is put twice once", async () => {
      const minute = newMinute();
      const item = due(minute, 1);
      await put([item, item, item]);
      expect(await readAll(minute)).toEqual([item]);
    });

    test("keeps items of one instant, and of one id at two instants, apart", async () => {
      const minute = newMinute();
      const items = [due(minute, 1, { id: "a" }), due(minute, 1, { id: "b" }), due(minute, 2, { id: "a" })];
      await put(items);
      const found = await readAll(minute);
      expect(found).toHaveLength(3);
      expect(found).toEqual(expect.arrayContaining(items));
    });

    test("reads the items of one minute, its first and last millisecond included, earliest first", async () => {
      const minute = newMinute();
      const offsets = [0, 1, 9, 10, 99, 100, 5_000, 40_000, 59_999];
      const items = offsets.map((offset) => due(minute, offset));
      await put([...items].reverse());
      await put([due(minute, -1), due(minute, MINUTE_MS)]);
      expect(await readAll(minute)).toEqual(items);
    });

    test("finds nothing in a minute without items", async () => {
      expect(await store.read(newMinute(), 10)).toEqual({ items: [], more: false });
    });

    test("tells that there is more than a page, until what was read is removed", async () => {
      const minute = newMinute();
      const items = Array.from({ length: 60 }, (_, n) => due(minute, n));
      await put(items);
      const seen: DueItem[] = [];
      for (;;) {
        const page = await store.read(minute, 25);
        expect(page.items.length).toBeLessThanOrEqual(25);
        seen.push(...page.items);
        await store.remove(page.items);
        if (!page.more) break;
        expect(page.items.length).toBeGreaterThan(0);
      }
      expect(seen).toHaveLength(60);
      expect(seen).toEqual(expect.arrayContaining(items));
      expect(await readAll(minute)).toEqual([]);
    });

    test("reads on through a bucket of more than 1 MB", async () => {
      const minute = newMinute();
      const payload = "p".repeat(200_000);
      const items = Array.from({ length: 24 }, (_, n) => due(minute, n, { payload }));
      await put(items);
      let count = 0;
      for (;;) {
        const { items: page, more } = await store.read(minute, 1_000);
        count += page.length;
        await store.remove(page);
        if (!more) break;
      }
      expect(count).toBe(24);
    });

    test("removes what it is told to, however often, and nothing else", async () => {
      const minute = newMinute();
      const [kept, removed, absent] = [due(minute, 1), due(minute, 2), due(minute, 3)];
      await put([kept, removed]);
      await store.remove([removed, removed, absent]);
      await store.remove([removed]);
      await store.remove([]);
      expect(await readAll(minute)).toEqual([kept]);
    });

    test("refuses an item over 400 KB", async () => {
      const tooLarge = due(newMinute(), 1, { payload: "p".repeat(410_000) });
      await expect(store.put(tooLarge)).rejects.toMatchObject({ code: "ITEM_TOO_LARGE" });
    });

    test("moves the cursor for the one sweeper that knows where it is", async () => {
      expect(await store.loadCursor()).toBeUndefined();
      expect(await store.moveCursor(5, 6)).toBe(false);
      expect(await store.moveCursor(undefined, 7)).toBe(true);
      expect(await store.moveCursor(undefined, 8)).toBe(false);
      expect(await subject.open().loadCursor()).toBe(7);

      const nexts = [11, 12, 13, 14, 15];
      const moved = await Promise.all(nexts.map((next) => store.moveCursor(7, next)));
      expect(moved.filter(Boolean)).toHaveLength(1);
      expect(await store.loadCursor()).toBe(nexts[moved.indexOf(true)]);
    });
  });
}

/** A wake-up this long after the minute's first millisecond. */
function due(minute: number, offsetMs: number, more: Partial<DueItem> = {}): DueItem {
  return {
    dueAt: minute * MINUTE_MS + offsetMs,
    id: `Booking:${offsetMs}`,
    topic: "workflow-engine:Booking",
    key: `${offsetMs}`,
    payload: `{"kind":"wake"}`,
    ...more,
  };
}
