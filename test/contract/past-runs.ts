import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Clock } from "../../lib/ports/clock.ts";
import type { PastRuns } from "../../lib/ports/past-runs.ts";
import type { InstanceKey, StateStore } from "../../lib/ports/state-store.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";

/** Opens past runs, and the instances beside them, of one and the same data. */
export interface PastRunsSubject {
  open(): { readonly pastRuns: PastRuns; readonly stateStore: StateStore };
  stop(): Promise<void>;
}

/** Specifies {@link PastRuns} for one adapter. */
export function pastRunsContract(name: string, start: (clock: Clock) => Promise<PastRunsSubject>): void {
  describe(`past runs: ${name}`, () => {
    const clock = new ManualClock();
    let subject: PastRunsSubject;
    let pastRuns: PastRuns;
    beforeAll(async () => {
      subject = await start(clock);
      pastRuns = subject.open().pastRuns;
    });
    afterAll(() => subject.stop());

    const newKey = (): InstanceKey => ({ workflow: "Booking", workflowId: randomUUID() });
    const inSeconds = (seconds: number): number => Math.floor(clock.now() / 1_000) + seconds;
    const isPast = async (key: InstanceKey, run: string) => (await pastRuns.has(key, run)).isPast;

    test("knows of none before one is added", async () => {
      const found = { isPast: false, readUnits: 1, writeUnits: 0 };
      expect(await pastRuns.has(newKey(), "run")).toEqual(found);
    });

    test("knows a run that was added, however often and whoever asks, for a unit each", async () => {
      const key = newKey();
      for (const _ of ["once", "again"]) {
        const added = { readUnits: 0, writeUnits: 1 };
        expect(await pastRuns.add(key, "a.b_c~d@e-f", inSeconds(60))).toEqual(added);
      }
      const found = { isPast: true, readUnits: 1, writeUnits: 0 };
      expect(await subject.open().pastRuns.has(key, "a.b_c~d@e-f")).toEqual(found);
    });

    test("tells runs, ids and workflows apart", async () => {
      const key = newKey();
      await pastRuns.add(key, "run", inSeconds(60));
      for (const run of ["ru", "run-1", "Run"]) expect(await isPast(key, run)).toBe(false);
      expect(await isPast({ ...key, workflow: "Booking2" }, "run")).toBe(false);
      expect(await isPast({ ...key, workflowId: `${key.workflowId}2` }, "run")).toBe(false);
    });

    test("forgets a run from the second on at which it expires", async () => {
      const key = newKey();
      await pastRuns.add(key, "run", inSeconds(10));
      await clock.advance(9_000);
      expect(await isPast(key, "run")).toBe(true);
      await clock.advance(1_000);
      expect(await isPast(key, "run")).toBe(false);
      await pastRuns.add(key, "run", inSeconds(10));
      expect(await isPast(key, "run")).toBe(true);
    });

    test("leaves the instance and its chunks alone, and they leave it alone", async () => {
      const key = newKey();
      const { stateStore } = subject.open();
      const body = Buffer.from("body");
      await stateStore.commit(key, { v: "1:a", body, status: "running" }, undefined);
      await stateStore.putChunk(key, { run: "run", number: 0, nonce: "n", body });
      await pastRuns.add(key, "run", inSeconds(60));
      expect((await stateStore.load(key)).item?.v).toBe("1:a");
      expect((await stateStore.loadChunks(key, "run")).chunks).toHaveLength(1);
      await stateStore.deleteRun(key, "run");
      expect(await isPast(key, "run")).toBe(true);
    });
  });
}
