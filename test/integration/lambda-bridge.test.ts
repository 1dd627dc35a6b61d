import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Json } from "../../lib/core/json.ts";
import { MESSAGE_FORMAT } from "../../lib/core/messages.ts";
import { workflowEngineTopic } from "../../lib/core/topics.ts";
import { attemptsOf, readAll, resultsOf, untilEnded } from "./kills/instances.ts";
import { Flow } from "./lambda-bridge/flows.ts";
import { Platform, type Run } from "./lambda-bridge/platform.ts";

const pulsar = inject("pulsar");
const dynamodb = inject("dynamodb");
const RUN_MS = 5 * 60_000;

const keyOf = (workflowId: string) => ({ workflow: Flow.name, workflowId });
const head = (id: string) => ({ format: MESSAGE_FORMAT, id, at: Date.now() });

async function send(platform: Platform, id: string, message: object): Promise<void> {
  const payload = JSON.stringify({ ...message, ...keyOf(id) });
  await platform.broker.publish({ topic: workflowEngineTopic(Flow.name), key: id, payload });
}
const start = (platform: Platform, id: string, method: string, ...args: readonly Json[]) =>
  send(platform, id, { kind: "start", ...head("run"), method, args });
const tell = (platform: Platform, id: string, word: string) =>
  send(platform, id, { kind: "signal", ...head(word), channel: "words", value: word });
const outcomes = async (platform: Platform, ids: readonly string[]) => {
  await untilEnded(platform.stores.stateStore, ids.map(keyOf), RUN_MS);
  return resultsOf(await readAll(platform.stores.stateStore, ids.map(keyOf)));
};
const secondsOf = (runs: readonly Run[]): number =>
  runs.reduce((sum, { startedAt, endedAt = Date.now() }) => sum + (endedAt - startedAt) / 1_000, 0);

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
        for (const id of listeners) await start(platform, id, "listen", words.length);
        const telling = (async () => {
          for (const word of words) await Promise.all(listeners.map((id) => tell(platform, id, word)));
        })();
        for (let from = 0; from < chains.length; from += 50) {
          await Promise.all(chains.slice(from, from + 50).map((id) => start(platform, id, "chain", id)));
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
        expect((await platform.namespace.backlogs()).filter(({ due }) => due > 0)).toEqual([]);
      },
      RUN_MS,
    );
  });

  /** Keeps it busy until it was handed over often enough, and a task that outlives a bridge has run once. */
  async function handOversOf(platform: Platform, id: string): Promise<void> {
    for (let nth = 0; platform.runs.filter(({ end }) => end === "succeeded").length < 5; nth++) {
      await start(platform, `${id}-${nth}`, "slow", 9_000);
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
      await start(platform, "first", "chain", "x");
      expect(await outcomes(platform, ["first"])).toEqual(["xab"]);
      const endedAt = Date.now();
      await idle();
      expect(Date.now() - endedAt).toBeLessThan(10_000);
      expect(await platform.stores.leases.read(0)).toMatchObject({ state: "free" });
    });

    test("serves a start that comes while it is closing", async () => {
      await start(platform, "before", "chain", "x");
      await expect
        .poll(async () => (await platform.stores.leases.read(0))?.state, { ...POLL, interval: 5 })
        .toBe("closing");
      const sentAt = Date.now();
      await start(platform, "while", "chain", "y");
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

    test(
      "fires a three-minute timer in time, though it is gone meanwhile",
      async () => {
        await idle();
        const before = platform.runs.length;
        platform.schedule(60_000);
        const startedAt = Date.now();
        await start(platform, "timer", "rest", 180_000);
        await outcomes(platform, ["timer"]);
        const lateMs = Date.now() - startedAt - 180_000;
        const runs = platform.runs.slice(before);
        process.stderr.write(
          `${JSON.stringify({ timer: { lateMs }, bridge: { invocations: runs.length, seconds: secondsOf(runs) } })}\n`,
        );
        expect(runs.some(({ end }) => end === "idle")).toBe(true);
        expect(lateMs).toBeLessThan(10_000);
      },
      RUN_MS,
    );
  });
});
