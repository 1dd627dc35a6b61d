import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Clock } from "../../lib/ports/clock.ts";
import type {
  InstanceList,
  InstancePage,
  InstanceQuery,
  InstanceRow,
} from "../../lib/ports/instance-list.ts";
import type { StateItem, StateStore } from "../../lib/ports/state-store.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";

/** Opens the list of instances, and the instances, of one and the same data. */
export interface InstanceListSubject {
  open(): { readonly instanceList: InstanceList; readonly stateStore: StateStore };
  stop(): Promise<void>;
}

const UNLISTED: StateItem = { v: "1", body: Buffer.from("body"), status: "running" };

const NOON = Date.UTC(2026, 0, 1, 12);

/** Above anything that an index needs to catch up. */
const PATIENCE = { timeout: 20_000, interval: 10 };

/** Specifies {@link InstanceList} for one adapter. */
export function instanceListContract(
  name: string,
  start: (clock: Clock) => Promise<InstanceListSubject>,
): void {
  describe(`instance list: ${name}`, () => {
    const clock = new ManualClock();
    let subject: InstanceListSubject;
    let stores: ReturnType<InstanceListSubject["open"]>;
    let workflow: string;
    beforeAll(async () => {
      subject = await start(clock);
      stores = subject.open();
    });
    beforeEach(() => {
      workflow = `W${randomUUID()}`;
    });
    afterAll(() => subject.stop());

    const commit = (workflowId: string, more: Partial<StateItem>, expected?: string, of = workflow) => {
      const item = { ...UNLISTED, listed: at(0), ...more };
      return stores.stateStore.commit({ workflow: of, workflowId }, item, expected);
    };
    const read = (query: Partial<InstanceQuery> = {}): Promise<InstancePage> =>
      stores.instanceList.read({ workflow, status: "running", limit: 100, ...query });
    const idsOf = async (query: Partial<InstanceQuery> = {}) =>
      (await read(query)).rows.map(({ workflowId }) => workflowId);
    /** The list may be behind. */
    const eventually = (ids: readonly string[], query: Partial<InstanceQuery> = {}): Promise<void> =>
      vi.waitFor(async () => expect(await idsOf(query)).toEqual(ids), PATIENCE);

    test("says of an instance what, since when and how it is", async () => {
      await commit("a.b_c~d@e-f", { listed: at(5) });
      await eventually(["a.b_c~d@e-f"]);
      const { rows, cursor } = await subject
        .open()
        .instanceList.read({ workflow, status: "running", limit: 1 });
      const row = { workflow, workflowId: "a.b_c~d@e-f", status: "running", startedAt: NOON + 5 };
      expect(rows).toEqual([{ ...row, position: expect.any(String) }]);
      expect(cursor).toBeUndefined();
    });

    test("gives the start back with the instance", async () => {
      await commit("a", { listed: at(7) });
      const { item } = await stores.stateStore.load({ workflow, workflowId: "a" });
      expect(item?.listed).toEqual(at(7));
    });

    test("has no row where nothing is listed", async () => {
      await stores.stateStore.commit({ workflow, workflowId: "early" }, UNLISTED, undefined);
      expect(await read()).toEqual({ rows: [] });
    });

    test("sorts by start, newest first, and by id, descending, within a millisecond", async () => {
      for (const [id, offset] of [
        ["b", 0],
        ["a", 0],
        ["a-", 0],
        ["c", -1],
        ["d", 1_000],
        ["e", 2],
      ] as const) {
        await commit(id, { listed: at(offset) });
      }
      await eventually(["d", "e", "b", "a-", "a", "c"]);
      const { rows } = await read();
      const positions = rows.map(({ position }) => position);
      expect(positions).toEqual(positions.toSorted().reverse());
    });

    test("moves an instance with its status", async () => {
      await commit("a", {});
      await commit("b", {});
      await eventually(["b", "a"]);
      await commit("a", { v: "2", status: "completed" }, "1");
      await eventually(["b"]);
      await eventually(["a"], { status: "completed" });
      await stores.stateStore.commit({ workflow, workflowId: "b" }, { ...UNLISTED, v: "2" }, "1");
      await eventually([]);
    });

    test("tells workflows and statuses apart", async () => {
      await commit("a", {}, undefined, `${workflow}2`);
      await commit("a", { status: "failed" });
      await eventually(["a"], { workflow: `${workflow}2` });
      await eventually(["a"], { status: "failed" });
      expect(await idsOf()).toEqual([]);
      expect(await idsOf({ status: "fail" })).toEqual([]);
    });

    test("leaves out what has expired, without an empty page", async () => {
      const soon = { expiresAt: Math.floor(clock.now() / 1_000) + 10 };
      for (const id of ids(30)) await commit(id, id < "id-010" ? { listed: at(-1) } : soon);
      await eventually(ids(30).slice(10).reverse(), { limit: 20 });
      await clock.advance(10_000);
      const pages = await pagesOf(read, { limit: 10 });
      expect(pages.map((rows) => rows.map(({ workflowId }) => workflowId))).toEqual([ids(10).reverse()]);
    });

    test("lists those that started from an instant on and before another", async () => {
      for (const offset of [0, 1, 2, 3]) await commit(`id-${offset}`, { listed: at(offset) });
      await eventually(["id-3", "id-2", "id-1", "id-0"]);
      expect(await idsOf({ from: NOON + 1 })).toEqual(["id-3", "id-2", "id-1"]);
      expect(await idsOf({ to: NOON + 2 })).toEqual(["id-1", "id-0"]);
      expect(await idsOf({ from: NOON + 1, to: NOON + 3 })).toEqual(["id-2", "id-1"]);
      expect(await idsOf({ from: NOON + 1, to: NOON + 3, limit: 1 })).toEqual(["id-2"]);
      for (const query of [{ from: NOON + 2, to: NOON + 2 }, { from: NOON + 3, to: NOON }, { to: -1 }]) {
        expect(await idsOf(query)).toEqual([]);
      }
      expect(await idsOf({ from: -1, to: Number.MAX_SAFE_INTEGER })).toHaveLength(4);
    });

    test.each([1, 7, 49, 50, 51])(
      "gives 50 instances in full pages of %i, each once, in order",
      async (limit) => {
        // Five in each millisecond.
        await Promise.all(ids(50).map((id, n) => commit(id, { listed: at(Math.floor(n / 5)) })));
        await eventually(ids(50).reverse());
        const pages = await pagesOf(read, { limit });
        expect(pages.slice(0, -1).every(({ length }) => length === limit)).toBe(true);
        expect(pages).toHaveLength(Math.ceil(50 / limit));
        expect(pages.flat().map(({ workflowId }) => workflowId)).toEqual(ids(50).reverse());
        const within = await pagesOf(read, { limit, from: NOON + 2, to: NOON + 8 });
        expect(within.flat().map(({ workflowId }) => workflowId)).toEqual(ids(50).slice(10, 40).reverse());
      },
    );

    test("continues the rows of many workflows and statuses from one position", async () => {
      const sources = ["A", "B"].flatMap((suffix) =>
        ["running", "failed"].map((status) => ({ workflow: `${workflow}${suffix}`, status })),
      );
      for (const [n, source] of sources.entries()) {
        for (const id of ids(10)) {
          // The two workflows have the same ids, started at the same instants.
          const workflowId = n % 2 === 0 ? id : `${id}-failed`;
          await commit(workflowId, { status: source.status }, undefined, source.workflow);
        }
      }
      for (const source of sources) {
        await vi.waitFor(async () => expect(await idsOf(source)).toHaveLength(10), PATIENCE);
      }
      const seen: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const query = { limit: 3, ...(cursor !== undefined && { cursor }) };
        const pages = await Promise.all(sources.map((source) => read({ ...source, ...query })));
        const rows = pages
          .flatMap((page) => page.rows)
          .sort(byPosition)
          .slice(0, 3);
        seen.push(...rows.map(({ position }) => position));
        cursor = rows.at(-1)?.position;
        if (cursor === undefined) break;
      }
      expect(seen).toHaveLength(40);
      expect(seen).toEqual([...new Set(seen)].sort().reverse());
    });

    test.each([
      "",
      "a",
      "1,a",
      "1767268800000,a",
      "1767268800000,a,W,",
      "1767268800000,é,W",
      "1767268800000#a#W",
    ])("refuses the cursor %j as an invalid request", async (cursor) => {
      await expect(read({ cursor })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    });
  });
}

/** Specifies what the list costs, for those that count it. */
export function listCostContract(name: string, start: (clock: Clock) => Promise<InstanceListSubject>): void {
  test(`instance list: ${name}: costs a unit to begin, two a change of status and none in between`, async () => {
    const { open, stop } = await start(new ManualClock());
    const { stateStore } = open();
    const key = { workflow: "Booking", workflowId: "cost" };
    const listed = { ...UNLISTED, listed: at(0) };
    const completed = { ...listed, status: "completed", expiresAt: 4_000_000_000 };
    const later = { ...completed, expiresAt: 4_000_000_001 };
    const items = [UNLISTED, listed, listed, completed, completed, later, UNLISTED, UNLISTED];
    const units: number[] = [];
    for (const [n, item] of items.entries()) {
      const { writeUnits } = await stateStore.commit(
        key,
        { ...item, v: `${n + 1}` },
        n === 0 ? undefined : `${n}`,
      );
      units.push(writeUnits);
    }
    expect(units).toEqual([1, 2, 1, 3, 1, 2, 2, 1]);
    await stop();
  });
}

const at = (offset: number) => ({ startedAt: NOON + offset });

/** Ids of every shard, ascending. */
const ids = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `id-${String(n).padStart(3, "0")}`);

async function pagesOf(
  read: (query: Partial<InstanceQuery>) => Promise<InstancePage>,
  query: Partial<InstanceQuery>,
): Promise<(readonly InstanceRow[])[]> {
  const pages: (readonly InstanceRow[])[] = [];
  let cursor: string | undefined;
  do {
    const page = await read({ ...query, ...(cursor !== undefined && { cursor }) });
    pages.push(page.rows);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return pages;
}

function byPosition(a: InstanceRow, b: InstanceRow): number {
  return a.position < b.position ? 1 : -1;
}
