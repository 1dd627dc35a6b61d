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
    const runOf = async (key: InstanceKey, start: string) => (await pastRuns.find(key, start)).run;

    test("knows of none before one is added", async () => {
      expect(await pastRuns.find(newKey(), "start")).toEqual({ readUnits: 1, writeUnits: 0 });
    });

    test("knows a start that was added, and what was said last, whoever asks, for a unit each", async () => {
      const key = newKey();
      for (const run of ["run-1", "run-2"]) {
        const added = { readUnits: 0, writeUnits: 1 };
        expect(await pastRuns.add(key, "a.b_c~d@e-f", run, inSeconds(60))).toEqual(added);
      }
      const found = { run: "run-2", readUnits: 1, writeUnits: 0 };
      expect(await subject.open().pastRuns.find(key, "a.b_c~d@e-f")).toEqual(found);
    });

    test("tells how a run ended, in the bytes that were given, for what these cost", async () => {
      const key = newKey();
      const outcome = Uint8Array.from({ length: 5_000 }, (_, at) => at % 256);
      const added = await pastRuns.add(key, "run", "run", inSeconds(60), outcome);
      const found = await subject.open().pastRuns.find(key, "run");
      expect([found.run, Buffer.from(found.outcome ?? [])]).toEqual(["run", Buffer.from(outcome)]);
      expect(added.writeUnits).toBeGreaterThanOrEqual(5);
      expect(found.readUnits).toBeGreaterThanOrEqual(2);
    });

    test("tells starts, ids and workflows apart", async () => {
      const key = newKey();
      await pastRuns.add(key, "run", "run", inSeconds(60));
      for (const start of ["ru", "run-1", "Run"]) expect(await runOf(key, start)).toBeUndefined();
      expect(await runOf({ ...key, workflow: "Booking2" }, "run")).toBeUndefined();
      expect(await runOf({ ...key, workflowId: `${key.workflowId}2` }, "run")).toBeUndefined();
    });

    test("forgets a start from the second on at which it expires", async () => {
      const key = newKey();
      await pastRuns.add(key, "run", "run", inSeconds(10));
      await clock.advance(9_000);
      expect(await runOf(key, "run")).toBe("run");
      await clock.advance(1_000);
      expect(await runOf(key, "run")).toBeUndefined();
      await pastRuns.add(key, "run", "run", inSeconds(10));
      expect(await runOf(key, "run")).toBe("run");
    });

    test("leaves the instance and its chunks alone, and they leave it alone", async () => {
      const key = newKey();
      const { stateStore } = subject.open();
      const body = Buffer.from("body");
      await stateStore.commit(key, { v: "1:a", body, status: "running" }, undefined);
      await stateStore.putChunk(key, { run: "run", number: 0, nonce: "n", body });
      await pastRuns.add(key, "run", "run", inSeconds(60));
      expect((await stateStore.load(key)).item?.v).toBe("1:a");
      expect((await stateStore.loadChunks(key, "run")).chunks).toHaveLength(1);
      await stateStore.deleteRun(key, "run");
      expect(await runOf(key, "run")).toBe("run");
    });
  });
}
