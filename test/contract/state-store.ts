import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Clock } from "../../lib/ports/clock.ts";
import type { Chunk, InstanceKey, StateItem, StateStore } from "../../lib/ports/state-store.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";

/** Opens stores of one and the same data. */
export interface StateStoreSubject {
  open(): StateStore;
  stop(): Promise<void>;
}

const KB = 1024;
const ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~@-";

const item = (v: string, more: Partial<StateItem> = {}): StateItem => ({
  v,
  body: Buffer.from(`state ${v}`),
  status: "running",
  ...more,
});

/** Specifies {@link StateStore} for one adapter. */
export function stateStoreContract(name: string, start: (clock: Clock) => Promise<StateStoreSubject>): void {
  describe(`state store: ${name}`, () => {
    const clock = new ManualClock();
    let subject: StateStoreSubject;
    let store: StateStore;
    beforeAll(async () => {
      subject = await start(clock);
      store = subject.open();
    });
    afterAll(() => subject.stop());

    const newKey = (): InstanceKey => ({ workflow: "Booking", workflowId: randomUUID() });
    const load = async (key: InstanceKey) => plain((await store.load(key)).item);
    const inSeconds = (seconds: number): number => Math.floor(clock.now() / 1_000) + seconds;

    describe("load", () => {
      test("finds nothing where nothing was committed", async () => {
        expect((await store.load(newKey())).item).toBeUndefined();
      });

      test("finds what was committed, whoever asks", async () => {
        const key = newKey();
        const committed = item("1:a", { status: "completed", expiresAt: inSeconds(60) });
        await store.commit(key, committed, undefined);
        expect(plain((await subject.open().load(key)).item)).toEqual(plain(committed));
      });

      test("finds each commit that was answered", async () => {
        const key = newKey();
        let expected: string | undefined;
        for (let n = 0; n < 20; n += 1) {
          const next = item(`${n}:x`);
          expect(await store.commit(key, next, expected)).toMatchObject({ committed: true });
          expect(await load(key)).toEqual(plain(next));
          expected = next.v;
        }
      });

      test("tells workflows of one id, and ids of one workflow, apart", async () => {
        const key = newKey();
        const others = [
          { ...key, workflow: "Booking2" },
          { ...key, workflowId: `${key.workflowId}2` },
        ];
        await store.commit(key, item("1:a"), undefined);
        for (const other of others) expect(await load(other)).toBeUndefined();
      });

      test.each([1, 8 * KB, 390 * KB])("brings a body of %i bytes back as it was", async (bytes) => {
        const key = newKey();
        const body = randomBytes(bytes);
        await store.commit(key, item("1:a", { body }), undefined);
        expect((await load(key))?.body.equals(body)).toBe(true);
      });

      test.each([
        ["every character", ID_CHARACTERS],
        ["128 characters", "~".repeat(128)],
        ["one character", "-"],
      ])("finds an id of %s", async (_, workflowId) => {
        const key = { workflow: `W${"-_".repeat(31)}9`, workflowId };
        await store.commit(key, item("1:a"), undefined);
        await store.putChunk(key, chunk(0, { run: workflowId }));
        expect(await load(key)).toEqual(plain(item("1:a")));
        expect((await store.loadChunks(key, workflowId)).chunks).toHaveLength(1);
      });
    });

    describe("commit", () => {
      test("creates only what is absent, and tells the loser what is there", async () => {
        const key = newKey();
        expect(await store.commit(key, item("1:a"), undefined)).toMatchObject({ committed: true });
        const lost = await store.commit(key, item("1:b"), undefined);
        expect(currentOf(lost)).toEqual(plain(item("1:a")));
        expect(await load(key)).toEqual(plain(item("1:a")));
      });

      test("replaces only the version it expects, and tells the loser what is there", async () => {
        const key = newKey();
        await store.commit(key, item("1:a"), undefined);
        expect(await store.commit(key, item("2:b"), "1:a")).toMatchObject({ committed: true });
        const lost = await store.commit(key, item("2:c"), "1:a");
        expect(currentOf(lost)).toEqual(plain(item("2:b")));
        expect(await load(key)).toEqual(plain(item("2:b")));
      });

      test("does not create what it expects to be there", async () => {
        const key = newKey();
        const lost = await store.commit(key, item("2:b"), "1:a");
        expect(lost).toMatchObject({ committed: false, current: undefined });
        expect(await load(key)).toBeUndefined();
      });

      test("removes what the next version leaves out", async () => {
        const key = newKey();
        await store.commit(key, item("1:a", { expiresAt: inSeconds(60) }), undefined);
        await store.commit(key, item("2:b"), "1:a");
        expect(await load(key)).toEqual(plain(item("2:b")));
      });

      test.each([
        ["create", undefined],
        ["replace", "1:first"],
      ])("lets exactly one of twenty concurrent writers %s", async (_, expected) => {
        const key = newKey();
        if (expected !== undefined) await store.commit(key, item(expected), undefined);
        const rivals = Array.from({ length: 20 }, (_, n) => item(`2:${n}`, { body: randomBytes(3_000) }));
        const results = await Promise.all(rivals.map((rival) => store.commit(key, rival, expected)));
        const winners = rivals.filter((_, n) => results[n]?.committed);
        expect(winners).toHaveLength(1);
        const winner = plain(winners[0]);
        expect(await load(key)).toEqual(winner);
        const told = results.filter(({ committed }) => !committed).map(currentOf);
        expect(told).toEqual(Array.from({ length: 19 }, () => winner));
      });

      test("recognises a write of its own that is there already", async () => {
        const key = newKey();
        for (const _ of ["once", "again"]) {
          expect(await store.commit(key, item("1:a"), undefined)).toMatchObject({ committed: true });
        }
        for (const _ of ["once", "again"]) {
          expect(await store.commit(key, item("2:b"), "1:a")).toMatchObject({ committed: true });
        }
        expect(await load(key)).toEqual(plain(item("2:b")));
      });

      test("refuses an item over 400 KB, and writes nothing", async () => {
        const key = newKey();
        const body = randomBytes(400 * KB);
        await expect(store.commit(key, item("1:a", { body }), undefined)).rejects.toMatchObject({
          code: "ITEM_TOO_LARGE",
        });
        expect(await load(key)).toBeUndefined();
      });
    });

    describe("expiry", () => {
      test("makes an item absent for a load from that second on", async () => {
        const key = newKey();
        await store.commit(key, item("1:a", { expiresAt: inSeconds(10) }), undefined);
        await clock.advance(9_000);
        expect(await load(key)).toBeDefined();
        await clock.advance(1_000);
        expect(await load(key)).toBeUndefined();
      });

      test("makes an item absent for a commit", async () => {
        const key = newKey();
        await store.commit(key, item("1:a", { expiresAt: inSeconds(10) }), undefined);
        expect(await store.commit(key, item("1:b"), undefined)).toMatchObject({ committed: false });
        await clock.advance(10_000);
        const lost = await store.commit(key, item("2:b"), "1:a");
        expect(lost).toMatchObject({ committed: false, current: undefined });
        expect(await store.commit(key, item("1:b"), undefined)).toMatchObject({ committed: true });
        expect(await load(key)).toEqual(plain(item("1:b")));
      });
    });

    describe("chunks", () => {
      test("come back by number, orphans included, of one run only", async () => {
        const key = newKey();
        const chunks = [chunk(0), chunk(1), chunk(1, { nonce: "orphan" }), chunk(2), chunk(10), chunk(100)];
        const others = [chunk(0, { run: "run-1" }), chunk(0, { run: "ru" }), chunk(0, { run: "run.0" })];
        for (const one of [...chunks, ...others].reverse()) await store.putChunk(key, one);
        await store.commit(key, item("1:a"), undefined);
        const loaded = (await store.loadChunks(key, "run")).chunks.map((one) => plain(one));
        expect(loaded).toHaveLength(chunks.length);
        expect(loaded).toEqual(expect.arrayContaining(chunks.map(plain)));
        expect(loaded.map(({ number }) => number)).toEqual([0, 1, 1, 2, 10, 100]);
      });

      test("are none where none were put", async () => {
        expect((await store.loadChunks(newKey(), "run")).chunks).toEqual([]);
      });

      test("come back whole when they are more than one page of 1 MB", async () => {
        const key = newKey();
        const chunks = Array.from({ length: 8 }, (_, n) => chunk(n, { body: randomBytes(300 * KB) }));
        await Promise.all(chunks.map((one) => store.putChunk(key, one)));
        const loaded = await store.loadChunks(key, "run");
        expect(loaded.chunks.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
        expect(
          loaded.chunks.every(({ body }, n) => chunks[n]?.body && Buffer.compare(body, chunks[n].body) === 0),
        ).toBe(true);
        // 8 × 300 KB, keys and names, each page rounded up to 4 KB.
        expect(loaded.readUnits).toBeGreaterThanOrEqual(600);
        expect(loaded.readUnits).toBeLessThanOrEqual(605);
      });

      test("refuse to exceed 400 KB", async () => {
        const tooLarge = chunk(0, { body: randomBytes(400 * KB) });
        await expect(store.putChunk(newKey(), tooLarge)).rejects.toMatchObject({ code: "ITEM_TOO_LARGE" });
      });
    });

    describe("deleteRun", () => {
      test("deletes the chunks of one run, orphans included, and nothing else", async () => {
        const key = newKey();
        const chunks = [chunk(0), chunk(1), chunk(1, { nonce: "orphan" }), chunk(100)];
        const others = [chunk(0, { run: "run-1" }), chunk(0, { run: "ru" })];
        for (const one of [...chunks, ...others]) await store.putChunk(key, one);
        await store.commit(key, item("1:a"), undefined);
        expect(await store.deleteRun(key, "run")).toEqual({ readUnits: 1, writeUnits: 4 });
        expect((await store.loadChunks(key, "run")).chunks).toEqual([]);
        for (const { run } of others) expect((await store.loadChunks(key, run)).chunks).toHaveLength(1);
        expect(await load(key)).toEqual(plain(item("1:a")));
      });

      test("changes nothing where no chunks are left", async () => {
        const key = newKey();
        await store.putChunk(key, chunk(0));
        await store.deleteRun(key, "run");
        for (const one of [key, newKey()]) {
          expect(await store.deleteRun(one, "run")).toMatchObject({ writeUnits: 0 });
        }
      });

      test("deletes more than a page of 1 MB and more than a batch, for what they weigh", async () => {
        const key = newKey();
        const large = Array.from({ length: 6 }, (_, n) => chunk(n, { body: randomBytes(300 * KB) }));
        const small = Array.from({ length: 60 }, (_, n) => chunk(10 + n));
        await Promise.all([...large, ...small].map((one) => store.putChunk(key, one)));
        const { readUnits, writeUnits } = await store.deleteRun(key, "run");
        expect((await store.loadChunks(key, "run")).chunks).toEqual([]);
        expect(writeUnits).toBe(6 * 301 + 60);
        expect(readUnits).toBeGreaterThanOrEqual(450);
        expect(readUnits).toBeLessThanOrEqual(455);
      });
    });

    describe("consumed units", () => {
      test.each([
        { bytes: 1, writeUnits: 1, readUnits: 1 },
        { bytes: 800, writeUnits: 1, readUnits: 1 },
        { bytes: KB, writeUnits: 2, readUnits: 1 },
        { bytes: 10_000, writeUnits: 10, readUnits: 3 },
      ])("of $bytes bytes are $writeUnits to write and $readUnits to read", async ({ bytes, ...units }) => {
        const key = newKey();
        const body = randomBytes(bytes);
        const written = { readUnits: 0, writeUnits: units.writeUnits };
        expect(await store.commit(key, item("1:a", { body }), undefined)).toMatchObject(written);
        expect(await store.load(key)).toMatchObject({ readUnits: units.readUnits, writeUnits: 0 });
        expect(await store.putChunk(key, chunk(0, { body }))).toEqual(written);
        expect(await store.loadChunks(key, "run")).toMatchObject({
          readUnits: units.readUnits,
          writeUnits: 0,
        });
      });

      test("of a read that finds nothing are one", async () => {
        expect(await store.load(newKey())).toMatchObject({ readUnits: 1, writeUnits: 0 });
      });

      test("of a lost commit are those of the larger item, written or found", async () => {
        const key = newKey();
        await store.commit(key, item("1:a", { body: randomBytes(4_900) }), undefined);
        expect(await store.commit(key, item("1:b"), undefined)).toMatchObject({ writeUnits: 5 });
        const large = item("1:b", { body: randomBytes(6_900) });
        expect(await store.commit(key, large, undefined)).toMatchObject({ writeUnits: 7 });
      });
    });
  });
}

function chunk(number: number, more: Partial<Chunk> = {}): Chunk {
  return { run: "run", number, nonce: "n-_9", body: Buffer.from(`chunk ${number}`), ...more };
}

function currentOf(result: Awaited<ReturnType<StateStore["commit"]>>): unknown {
  return result.committed ? "committed" : plain(result.current);
}

/** The same with a body that compares by its bytes, whichever class it came in. */
function plain<T extends { readonly body: Uint8Array }>(one: T): T & { readonly body: Buffer };
function plain<T extends { readonly body: Uint8Array }>(
  one: T | undefined,
): (T & { readonly body: Buffer }) | undefined;
function plain<T extends { readonly body: Uint8Array }>(one: T | undefined): unknown {
  return one && { ...one, body: Buffer.from(one.body) };
}
