import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openClient } from "../../lib/adapters/dynamodb/client.ts";
import { dynamoDbStores } from "../../lib/adapters/dynamodb/stores.ts";
import { createTable } from "../../lib/adapters/dynamodb/table.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import type { Broker } from "../../lib/ports/broker.ts";
import type { PayloadStore } from "../../lib/ports/payload-store.ts";
import type { StateStore } from "../../lib/ports/state-store.ts";
import type { TagIndex } from "../../lib/ports/tag-index.ts";
import { startServers } from "../bench/servers.ts";
import { type ReadyChild, startChild } from "../child.ts";
import { type Backlog, PulsarNamespace } from "../integration/kills/pulsar-namespace.ts";
import { bridgeOptions, ensureTopics } from "../load/bridge-options.ts";
import { Handovers } from "../load/handovers.ts";
import type { Memory, Sample } from "./sample.ts";

const ROOT = join(import.meta.dirname, "../..");
const TABLE = "soak";
/**
 * V8's young generation keeps one size. By itself it grows in steps, up to 128 MB and sometimes after a quarter of an
 * hour: that is no leak, and it would hide one.
 */
const YOUNG = ["--min-semi-space-size=16", "--max-semi-space-size=16"];
const MEASURED = [...YOUNG, "--expose-gc", "--import", import.meta.resolve("./tell-memory.ts")];

/** One bridge and one function host, each a process of its own, on servers of their own. */
export interface SoakSystem {
  readonly broker: Broker;
  readonly stateStore: StateStore;
  readonly payloadStore: PayloadStore;
  readonly tagIndex: TagIndex;
  readonly handovers: Handovers;
  measure(): Promise<
    Pick<Sample, "bridge" | "functions" | "unacknowledged" | "held" | "inFlight" | "hintBytes">
  >;
  /** What is left in the broker. */
  backlogs(): Promise<readonly Backlog[]>;
  stop(): Promise<void>;
}

/** Starts the real Pulsar and DynamoDB Local, or the embedded ones, and all that runs on them. */
export async function startSoakSystem(): Promise<SoakSystem> {
  const servers = await startServers("pulsar");
  const client = openClient({ endpoint: servers.dynamoDbEndpoint, region: "local" });
  await createTable(client, TABLE);
  client.destroy();
  const namespace = new PulsarNamespace(servers.pulsarWebUrl);
  await namespace.create();
  const handovers = await mkdtemp(join(tmpdir(), "infinitic-soak-"));
  const functions = await startChild(
    join(ROOT, "infra/local/function-host.ts"),
    ["--port", "0", "--module", join(ROOT, "test/load/functions.ts")],
    { INFINITIC_TABLE: TABLE, DYNAMODB_ENDPOINT: servers.dynamoDbEndpoint, HANDOVERS: handovers },
    MEASURED,
  );
  const bridge = await startChild(
    join(ROOT, "infra/bridge/bridge.ts"),
    [],
    {
      BRIDGE_CONFIG: JSON.stringify({
        pulsar: { webUrl: servers.pulsarWebUrl, namespace: namespace.name },
        lambda: { endpoint: `http://127.0.0.1:${functions.ready["port"]}`, region: "local" },
        healthPort: 0,
        bridge: bridgeOptions({ timeoutMs: 30_000 }),
      }),
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
    },
    MEASURED,
  );
  const broker = new PulsarWebSocketBroker({ webUrl: servers.pulsarWebUrl, namespace: namespace.name });
  await ensureTopics(broker);
  const stores = dynamoDbStores({
    tableName: TABLE,
    endpoint: servers.dynamoDbEndpoint,
    region: "local",
    clock: systemClock,
  });
  return {
    broker,
    stateStore: stores.stateStore,
    payloadStore: stores.payloadStore,
    tagIndex: stores.tagIndex,
    handovers: new Handovers(handovers),
    async measure() {
      const metrics = await metricsOf(Number(bridge.ready["healthPort"]));
      return {
        bridge: await memoryOf(bridge),
        functions: await memoryOf(functions),
        unacknowledged: await namespace.unacknowledged(),
        held: metrics("messages_held"),
        inFlight: metrics("invocations_in_flight"),
        hintBytes: metrics("hint_bytes"),
      };
    },
    backlogs: () => namespace.backlogs(),
    async stop() {
      await broker.close();
      await bridge.stop();
      await functions.stop();
      await servers.stop();
      await rm(handovers, { recursive: true });
    },
  };
}

async function memoryOf({ process: child }: ReadyChild): Promise<Memory> {
  const told = once(child, "message");
  child.send("memory");
  const [{ memory }] = (await told) as [{ readonly memory: Memory }];
  return memory;
}

/** Reads the bridge's metrics: each is the sum over its labels. */
async function metricsOf(healthPort: number): Promise<(name: string) => number> {
  const response = await fetch(`http://127.0.0.1:${healthPort}/metrics`);
  const lines = (await response.text()).split("\n");
  return (name) =>
    lines
      .filter((line) => new RegExp(`^infinitic_bridge_${name}[{ ]`).test(line))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}
