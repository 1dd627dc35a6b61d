import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { attemptsOf, readAll } from "./kills/instances.ts";
import { keyOf, outcomes, RUN_MS, start } from "./lambda-bridge/calls.ts";
import { Platform } from "./lambda-bridge/platform.ts";
import { Sandboxes } from "./lambda-bridge/sandboxes.ts";

const pulsar = inject("pulsar");
const dynamodb = inject("dynamodb");

const POLL = { timeout: 120_000, interval: 20 };
const CHAINS = Array.from({ length: 60 }, (_, nth) => `chain-${nth}`);
const SLOW = Array.from({ length: 10 }, (_, nth) => `slow-${nth}`);
const SLOW_MS = 3_000;

// Skipped where nothing can run a Pulsar and a DynamoDB Local: the run says so at its beginning.
describe.skipIf(pulsar === undefined || dynamodb === undefined)("two bridges, a process each", () => {
  const webUrl = pulsar?.webUrl ?? "";
  const sandboxes = new Sandboxes();
  const ends = () => sandboxes.all.map(({ end }) => end).toSorted();
  let platform: Platform;
  /** Publishes without starting a bridge. */
  let broker: PulsarWebSocketBroker;
  beforeAll(async () => {
    platform = await Platform.open({
      pulsarWebUrl: webUrl,
      dynamoDbEndpoint: dynamodb?.endpoint ?? "",
      lifeMs: 15 * 60_000,
      bridge: sandboxes.handler,
    });
    broker = new PulsarWebSocketBroker({ webUrl, namespace: platform.namespace.name });
  });
  afterAll(async () => {
    await broker.close();
    await platform.close();
    await sandboxes.close();
  });

  test(
    "D5: started at once on one slot, one leads and the other leaves; once the leader is killed, work goes on within a minute",
    async () => {
      for (const id of SLOW) await start(broker, id, "slow", SLOW_MS);
      await Promise.all(CHAINS.map((id) => start(broker, id, "chain", id)));
      await Promise.all([1, 2].map(() => platform.starter.start({ kind: "start", slot: 0 })));
      await expect.poll(ends, POLL).toContain("left");
      const leader = sandboxes.all.find(({ end }) => end === undefined);
      // The slow tasks are in flight then, and will be for a while.
      await expect.poll(() => platform.executions.size, POLL).toBeGreaterThanOrEqual(SLOW.length);
      expect(ends()).toEqual(["left", undefined]);

      leader?.kill();
      const killedAt = Date.now();
      await start(broker, "meanwhile", "chain", "meanwhile");
      const left = sumOf(platform);
      platform.schedule(10_000);
      await platform.starter.start({ kind: "schedule", slot: 0 });
      await expect.poll(() => sumOf(platform), POLL).toBeGreaterThan(left);
      const goesOnMs = Date.now() - killedAt;

      const chains = [...CHAINS, "meanwhile"];
      expect(await outcomes(platform, chains)).toEqual(chains.map((id) => `${id}ab`));
      expect(await outcomes(platform, SLOW)).toEqual(SLOW.map(() => "slow"));
      const endedMs = Date.now() - killedAt;
      // Throws where a task has not exactly one outcome.
      const tasks = (await readAll(platform.stores.stateStore, [...chains, ...SLOW].map(keyOf))).flatMap(
        attemptsOf,
      );
      expect(tasks).toHaveLength(2 * chains.length + SLOW.length);
      expect(platform.executions.size).toBe(tasks.length);
      const backlogs = async () => (await platform.namespace.backlogs()).filter(({ due }) => due > 0);
      await expect.poll(backlogs, POLL).toEqual([]);
      await expect.poll(ends, POLL).toContain("idle");
      expect(leader).toEqual({ event: { kind: "start", slot: 0 }, kill: expect.any(Function) });
      const extra = sumOf(platform) - tasks.length;
      process.stderr.write(
        `${JSON.stringify({ leaderKilled: { goesOnMs, endedMs, tasks: tasks.length, extra } })}\n`,
      );
    },
    RUN_MS,
  );
});

/** How many tasks were executed, again or not. */
function sumOf({ executions }: Platform): number {
  return [...executions.values()].reduce((sum, times) => sum + times, 0);
}
