import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { Bill } from "../costs/bill.ts";
import { readMeasurement } from "../costs/measurement.ts";
import { attemptsOf, readAll } from "./kills/instances.ts";
import { keyOf, outcomes, RUN_MS, start, tell } from "./lambda-bridge/calls.ts";
import { Platform, type Run } from "./lambda-bridge/platform.ts";

const pulsar = inject("pulsar");
const dynamodb = inject("dynamodb");

const secondsOf = (runs: readonly Run[]): number =>
  runs.reduce((sum, { startedAt, endedAt = Date.now() }) => sum + (endedAt - startedAt) / 1_000, 0);
/** Prints what was measured, with the bridge's invocations and seconds. */
const tellRuns = (measured: object, runs: readonly Run[]): void => {
  const bridge = { invocations: runs.length, seconds: secondsOf(runs) };
  process.stderr.write(`${JSON.stringify({ ...measured, bridge })}\n`);
};

// Skipped where nothing can run a Pulsar and a DynamoDB Local: the run says so at its beginning.
describe.skipIf(pulsar === undefined || dynamodb === undefined)("the bridge in a Lambda", () => {
  const parts = { pulsarWebUrl: pulsar?.webUrl ?? "", dynamoDbEndpoint: dynamodb?.endpoint ?? "" };

  describe("that lives for half a minute", () => {
    let platform: Platform;
    beforeAll(async () => {
      const times = { marginMs: 1_000, successionMs: 2_000 };
      platform = await Platform.open({ ...parts, lifeMs: 32_000, times });
      platform.schedule(5_000);
    });
    afterAll(() => platform.close());

    test(
      "runs 2,000 workflows over at least five hand-overs: each key in order, nothing lost, nothing doubled",
      async () => {
        const chains = Array.from({ length: 1_900 }, (_, nth) => `chain-${nth}`);
        const listeners = Array.from({ length: 100 }, (_, nth) => `listener-${nth}`);
        const words = Array.from({ length: 10 }, (_, nth) => `word ${nth}`);
        const longTask = "long";
        for (const id of listeners) await start(platform.broker, id, "listen", words.length);
        const telling = (async () => {
          for (const word of words) await Promise.all(listeners.map((id) => tell(platform.broker, id, word)));
        })();
        for (let from = 0; from < chains.length; from += 50) {
          await Promise.all(
            chains.slice(from, from + 50).map((id) => start(platform.broker, id, "chain", id)),
          );
        }
        await telling;
        expect(await outcomes(platform, chains)).toEqual(chains.map((id) => `${id}ab`));
        expect(await outcomes(platform, listeners)).toEqual(listeners.map(() => words));
        // Throws where a task has not exactly one outcome.
        const tasks = (await readAll(platform.stores.stateStore, chains.map(keyOf))).flatMap(attemptsOf);
        expect(tasks).toHaveLength(2 * chains.length);
        expect(platform.executions.size).toBe(2 * chains.length);
        const extra = [...platform.executions.values()].filter((times) => times > 1).length;
        process.stderr.write(`${extra} of ${tasks.length} tasks ran again, for want of an answer in time\n`);
        await handOversOf(platform, longTask);
        tellRuns({ workflows: chains.length + listeners.length }, platform.runs);
        expect((await platform.namespace.backlogs()).filter(({ due }) => due > 0)).toEqual([]);
      },
      RUN_MS,
    );
  });

  /** Keeps it busy until it was handed over often enough, and a task that outlives a bridge has run once. */
  async function handOversOf(platform: Platform, id: string): Promise<void> {
    const handOvers = () => platform.runs.filter(({ end }) => end === "succeeded").length;
    for (let nth = 0; nth === 0 || handOvers() < 5; nth++) {
      await start(platform.broker, `${id}-${nth}`, "slow", 9_000);
      await outcomes(platform, [`${id}-${nth}`]);
    }
    const long = [...platform.executions].filter(([taskId]) => taskId.includes(`:${id}-`));
    expect(new Set(long.map(([, times]) => times))).toEqual(new Set([1]));
  }

  describe("that is started when there is work", () => {
    let platform: Platform;
    beforeAll(async () => {
      platform = await Platform.open({ ...parts, lifeMs: 15 * 60_000 });
    });
    afterAll(() => platform.close());

    const idle = () => expect.poll(() => platform.runs.every(({ end }) => end), POLL).toBe(true);
    const POLL = { timeout: 30_000, interval: 20 };

    test("ends within its idle time once the backlog is empty", async () => {
      await start(platform.broker, "first", "chain", "x");
      expect(await outcomes(platform, ["first"])).toEqual(["xab"]);
      const endedAt = Date.now();
      await idle();
      expect(Date.now() - endedAt).toBeLessThan(10_000);
      expect(await platform.stores.leases.read(0)).toMatchObject({ state: "free" });
    });

    test("serves a start that comes while it is closing", async () => {
      await start(platform.broker, "before", "chain", "x");
      await expect
        .poll(async () => (await platform.stores.leases.read(0))?.state, { ...POLL, interval: 5 })
        .toBe("closing");
      const sentAt = Date.now();
      await start(platform.broker, "while", "chain", "y");
      expect(await outcomes(platform, ["while"])).toEqual(["yab"]);
      process.stderr.write(`a start while closing: ${Date.now() - sentAt} ms\n`);
    });

    test("leads alone when two are started at once", async () => {
      await idle();
      const before = platform.runs.length;
      await Promise.all([1, 2].map(() => platform.starter.start({ kind: "start", slot: 0 })));
      await expect.poll(() => platform.runs.slice(before).map(({ end }) => end), POLL).toContain("left");
      await idle();
      expect(
        platform.runs
          .slice(before)
          .map(({ end }) => end)
          .toSorted(),
      ).toEqual(["idle", "left"]);
    });

    test("costs less than a dollar a month while nothing happens", async () => {
      await idle();
      const before = platform.runs.length;
      const bill = new Bill(readMeasurement());
      /** Of the run that was least disturbed by what else this machine does. */
      let idleMonthUsd = Infinity;
      for (let nth = 0; nth < 10 && (nth < 3 || idleMonthUsd >= 1); nth++) {
        await platform.starter.start({ kind: "schedule", slot: 0 });
        await expect.poll(() => platform.runs.length, POLL).toBe(before + nth + 1);
        await idle();
        idleMonthUsd = Math.min(idleMonthUsd, bill.idleMonth(secondsOf(platform.runs.slice(-1))));
      }
      const runs = platform.runs.slice(before);
      expect(runs.map(({ end }) => end)).toEqual(runs.map(() => "idle"));
      tellRuns({ idleMonthUsd }, runs);
      expect(idleMonthUsd).toBeLessThan(1);
    });

    test(
      "fires a three-minute timer in time, though it is gone meanwhile",
      async () => {
        await idle();
        const before = platform.runs.length;
        platform.schedule(60_000);
        const startedAt = Date.now();
        await start(platform.broker, "timer", "rest", 180_000);
        await outcomes(platform, ["timer"]);
        const lateMs = Date.now() - startedAt - 180_000;
        const runs = platform.runs.slice(before);
        tellRuns({ timer: { lateMs } }, runs);
        expect(runs.some(({ end }) => end === "idle")).toBe(true);
        expect(lateMs).toBeLessThan(10_000);
      },
      RUN_MS,
    );
  });
});
