import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import { SUBSCRIPTION, workflowEngineTopic } from "../../lib/core/protocol/topics.ts";
import { Random } from "../../lib/core/values/random.ts";
import type { StartedInstance } from "../../lib/instance/read-instance.ts";
import type { StateStore } from "../../lib/ports/state-store.ts";
import { createTestTable } from "../contract/dynamodb-table.ts";
import { countExecutions } from "./kills/executions.ts";
import { attemptsOf, errandsOf, readAll, resultsOf, start, untilEnded } from "./kills/instances.ts";
import { COUNTERS, Counter, counterOf, hasErrand, hasTimeout, Journey, resultOf } from "./kills/journey.ts";
import { Killer } from "./kills/killer.ts";
import { PulsarNamespace } from "./kills/pulsar-namespace.ts";
import { executionsIn, startVictims, type Victim } from "./kills/victims.ts";

const pulsar = inject("pulsar");
const dynamodb = inject("dynamodb");

const KILLS = 20;
const indexes = Array.from({ length: 500 }, (_, index) => index);
const journeys = indexes.map((index) => ({ workflow: Journey.name, workflowId: `journey-${index}` }));
const signaled = indexes.filter((index) => !hasErrand(index));
const counters = [...new Set(signaled.map(counterOf))].map((workflowId) => ({
  workflow: Counter.name,
  workflowId,
}));

const seed = process.env["KILLS_SEED"] ?? String(Date.now());
const SETTLE_MS = 60_000;
const RUN_MS = 8 * 60_000;

// Skipped where nothing can run a Pulsar and a DynamoDB Local: the run says so at its beginning.
describe.skipIf(pulsar === undefined || dynamodb === undefined)(
  `500 workflows whose bridges and functions are killed at random (KILLS_SEED=${seed})`,
  () => {
    const namespace = new PulsarNamespace(pulsar?.webUrl ?? "");
    const killer = new Killer({ random: new Random(seed), most: KILLS });
    let directory: string;
    let stateStore: StateStore;
    let victims: readonly Victim[] = [];
    let ended: readonly StartedInstance[];

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "infinitic-kills-"));
      const webUrl = pulsar?.webUrl ?? "";
      const endpoint = dynamodb?.endpoint ?? "";
      await namespace.create();
      const table = await createTestTable(endpoint);
      stateStore = table.open(systemClock).stateStore;
      victims = await startVictims(
        {
          pulsarWebUrl: webUrl,
          namespace: namespace.name,
          dynamoDbEndpoint: endpoint,
          table: table.name,
          directory,
        },
        () => killer.executed(),
      );
      killer.follow(victims);

      const broker = new PulsarWebSocketBroker({ webUrl, namespace: namespace.name });
      for (const { name } of [Counter, Journey]) {
        const topic = workflowEngineTopic(name);
        await broker.ensureSubscription({ topic, subscription: SUBSCRIPTION, type: "key_shared" });
      }
      await Promise.all([
        ...counters.map((key) => start(broker, key, [signaled.length / COUNTERS])),
        ...journeys.map((key, index) => start(broker, key, [index])),
      ]);
      await broker.close();

      await untilEnded(stateStore, [...journeys, ...counters], RUN_MS);
      ended = await readAll(stateStore, journeys);
    }, RUN_MS + SETTLE_MS);

    afterAll(async () => {
      await Promise.all(victims.map(({ process }) => process.stop()));
      await rm(directory, { recursive: true });
    }, SETTLE_MS * 2);

    it("all complete with the right result, and count each signal once", async () => {
      expect(resultsOf(ended)).toEqual(indexes.map(resultOf));
      const counted = resultsOf(await readAll(stateStore, counters)) as (readonly number[])[];
      expect(counted.flat().sort((one, other) => one - other)).toEqual(signaled);
    });

    it("apply one outcome of each task, and execute no more attempts twice than there are kills", async () => {
      const attempts = [...ended, ...(await readAll(stateStore, errandsOf(ended)))].flatMap(attemptsOf);
      const executions = await countExecutions(executionsIn(directory));
      expect([...executions.keys()].sort()).toEqual(attempts.toSorted());

      const all = [...executions.values()].reduce((sum, count) => sum + count, 0);
      const repeated = all - attempts.length;
      console.log(
        `KILLS_SEED=${seed}: ${all} executions of ${attempts.length} attempts, ` +
          `${repeated} beyond one for each; ${killer.count} kills`,
      );
      expect(killer.count).toBe(KILLS);
      expect(repeated).toBeLessThanOrEqual(killer.count);
    });

    it(
      "leave no message behind but wake-ups that are not due",
      async () => {
        const left = async () => (await namespace.backlogs()).filter(({ due }) => due > 0);
        await expect.poll(left, { timeout: SETTLE_MS, interval: 500 }).toEqual([]);

        const codes = await Promise.all(victims.map(({ process }) => process.stop()));
        expect(codes).toEqual([0, 0, 0, 0]);
        const backlogs = await namespace.backlogs();
        const notDue = backlogs.reduce((sum, backlog) => sum + backlog.notDue, 0);
        expect(backlogs.filter(({ topic, due }) => due > 0 || topic.startsWith("dlq:"))).toEqual([]);
        expect(notDue).toBeGreaterThanOrEqual(indexes.filter(hasTimeout).length);
      },
      SETTLE_MS * 3,
    );
  },
);
