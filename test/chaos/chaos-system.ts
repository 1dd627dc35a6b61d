import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type DynamoDbLocal, startDynamoDbLocal } from "../../infra/local/dynamodb-local.ts";
import { freePorts } from "../../infra/local/free-ports.ts";
import { type Pulsar, startPulsar } from "../../infra/local/pulsar.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import type { EngineStores } from "../../lib/engine/workflow-handler.ts";
import type { Broker } from "../../lib/ports/broker.ts";
import { createTestTable } from "../contract/dynamodb-table.ts";
import { KeptProcess } from "../integration/kills/kept-process.ts";
import { PulsarNamespace } from "../integration/kills/pulsar-namespace.ts";
import { bridgeOptions, ensureTopics } from "../load/bridge-options.ts";
import { Handovers } from "../load/handovers.ts";
import { LinkProxy } from "./link-proxy.ts";
import { type Link, PROCESSES, type Victims } from "./plan.ts";
import { READINGS, readingsRoute } from "./readings.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Shorter than functions may be frozen: what they then do, nobody waits for any more. */
const INVOCATION_MS = 8_000;

/** Everything that runs, each part a process of its own, with the links between them. */
export interface ChaosSystem {
  readonly servers: { readonly broker: Pulsar; readonly store: DynamoDbLocal };
  readonly victims: { readonly [victims in Victims]: readonly KeptProcess[] };
  readonly links: { readonly [link in Link]: LinkProxy };
  readonly namespace: PulsarNamespace;
  /** What is asked and judged from outside goes by no link. */
  readonly outside: { readonly broker: Broker } & Pick<
    EngineStores,
    "stateStore" | "payloadStore" | "tagIndex"
  > & { readonly handovers: Handovers };
  /** Ends bridges and functions in order; gives their exit codes. */
  stopVictims(): Promise<readonly (number | null)[]>;
  stop(): Promise<void>;
}

/** Where the functions record what they execute. */
export const executionsIn = (directory: string): string => join(directory, "executions");

/** Where the handler of readings records what it has processed. */
export const readingsIn = (directory: string): string => join(directory, "readings");

const handoversIn = (directory: string): string => join(directory, "handovers");

/** Starts it all. `directory` gets the servers' data, logs, and records of executions. */
export async function startChaosSystem(directory: string): Promise<ChaosSystem> {
  for (const records of [executionsIn(directory), handoversIn(directory), readingsIn(directory)])
    await mkdir(records, { recursive: true });
  const [broker, store] = await Promise.all([
    startPulsar({ dataDir: join(directory, "pulsar") }),
    startDynamoDbLocal({ dataDir: join(directory, "dynamodb") }),
  ]);
  const namespace = new PulsarNamespace(broker.webUrl);
  await namespace.create();
  const table = await createTestTable(store.endpoint);
  const ports = await freePorts(PROCESSES);
  const links = {
    broker: await LinkProxy.start([portOf(broker.webUrl)]),
    functions: await LinkProxy.start(ports),
    store: await LinkProxy.start([portOf(store.endpoint)]),
  };
  const functions = ports.map(
    (port, nth) =>
      new KeptProcess({
        script: join(ROOT, "infra/local/function-host.ts"),
        args: ["--port", String(port), "--module", join(ROOT, "test/chaos/functions.ts")],
        env: {
          INFINITIC_TABLE: table.name,
          DYNAMODB_ENDPOINT: links.store.url,
          EXECUTIONS: executionsIn(directory),
          HANDOVERS: handoversIn(directory),
          READINGS: readingsIn(directory),
        },
        logFile: join(directory, `functions-${nth}.log`),
      }),
  );
  const timeouts = { timeoutMs: INVOCATION_MS };
  const options = bridgeOptions(timeouts);
  const config = {
    pulsar: { webUrl: links.broker.url, namespace: namespace.name },
    lambda: { endpoint: links.functions.url, region: "local" },
    healthPort: 0,
    bridge: { ...options, routes: [...options.routes, readingsRoute(timeouts)] },
  };
  const bridges = ports.map(
    (_, nth) =>
      new KeptProcess({
        script: join(ROOT, "infra/bridge/bridge.ts"),
        env: {
          BRIDGE_CONFIG: JSON.stringify(config),
          AWS_ACCESS_KEY_ID: "local",
          AWS_SECRET_ACCESS_KEY: "local",
        },
        logFile: join(directory, `bridge-${nth}.log`),
      }),
  );
  const outside = new PulsarWebSocketBroker({ webUrl: broker.webUrl, namespace: namespace.name });
  await ensureTopics(outside, [READINGS]);
  return {
    servers: { broker, store },
    victims: { bridges, functions },
    links,
    namespace,
    outside: {
      broker: outside,
      ...table.open(systemClock),
      handovers: new Handovers(handoversIn(directory)),
    },
    async stopVictims() {
      const ofBridges = await Promise.all(bridges.map((bridge) => bridge.stop()));
      return [...ofBridges, ...(await Promise.all(functions.map((host) => host.stop())))];
    },
    async stop() {
      await outside.close();
      await Promise.all(Object.values(links).map((link) => link.close()));
      await Promise.all([broker.stop(), store.stop()]);
    },
  };
}

const portOf = (url: string): number => Number(new URL(url).port);
