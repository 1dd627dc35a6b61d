import { openClient } from "../../lib/adapters/dynamodb/client.ts";
import { dynamoDbStores } from "../../lib/adapters/dynamodb/stores.ts";
import { createTable } from "../../lib/adapters/dynamodb/table.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import { wakingBroker } from "../../lib/bridge/lease/waking-broker.ts";
import { SUBSCRIPTION, workflowEngineTopic } from "../../lib/core/protocol/topics.ts";
import { apiHandler } from "../../lib/http/api-handler.ts";
import { fetchHandler } from "../../lib/http/fetch-handler.ts";
import { startBenchSystem } from "../bench/bench-system.ts";
import { Chain } from "../bench/chain.ts";
import { parseBenchOptions } from "../bench/options.ts";
import { ownCpuMs } from "../bench/process-cpu.ts";
import { startServers } from "../bench/servers.ts";
import type { CpuMs } from "./measurement.ts";

/** Before anything is measured: compilers warm up, connections open. */
const WARM_UP = 500;
const TIMES = 1_000;

/** Measures processor time, one workflow after the other, with an embedded broker and store in other processes. */
export async function measureCpu(): Promise<CpuMs> {
  return { ...(await ofWorkflows()), start: await ofStarts() };
}

async function ofWorkflows(): Promise<Pick<CpuMs, "functions" | "bridge">> {
  const system = await startBenchSystem(parseBenchOptions([]));
  try {
    for (let nth = 0; nth < WARM_UP; nth++) await system.runWorkflow(`warm-${nth}`);
    const before = await system.usedSoFar();
    for (let nth = 0; nth < TIMES; nth++) await system.runWorkflow(`measured-${nth}`);
    const { cpuMs } = await system.usedSoFar();
    const each = (part: "functions" | "bridge"): number =>
      rounded((cpuMs[part] - before.cpuMs[part]) / TIMES);
    return { functions: each("functions"), bridge: each("bridge") };
  } finally {
    await system.stop();
  }
}

/** The api function runs in this process, and nothing else does. */
async function ofStarts(): Promise<number> {
  const servers = await startServers("embedded");
  const target = { endpoint: servers.dynamoDbEndpoint, region: "local" };
  const client = openClient(target);
  await createTable(client, "costs");
  const { leases, ...stores } = dynamoDbStores({ ...target, tableName: "costs", clock: systemClock });
  const pulsar = new PulsarWebSocketBroker({ webUrl: servers.pulsarWebUrl });
  const topic = workflowEngineTopic(Chain.name);
  await pulsar.ensureSubscription({ topic, subscription: SUBSCRIPTION, type: "key_shared" });
  const starter = { start: async () => undefined };
  const broker = wakingBroker({ broker: pulsar, leases, starter, clock: systemClock, slots: 1, log: fail });
  const fetch = fetchHandler(
    apiHandler({
      ...stores,
      broker,
      invoker: { invoke: async () => ({ kind: "throttled" }) },
      clock: systemClock,
      workflows: { [Chain.name]: { functionName: "chain" } },
    }),
  );
  const start = async (id: string): Promise<void> => {
    const body = JSON.stringify({ id, args: [id, 3] });
    const headers = { "content-type": "application/json" };
    const { status } = await fetch(`http://api/workflows/${Chain.name}`, { method: "POST", headers, body });
    if (status !== 202) fail(`expected HTTP 202, got ${status}`);
  };
  try {
    for (let nth = 0; nth < WARM_UP; nth++) await start(`warm-${nth}`);
    const before = ownCpuMs();
    for (let nth = 0; nth < TIMES; nth++) await start(`measured-${nth}`);
    return rounded((ownCpuMs() - before) / TIMES);
  } finally {
    await pulsar.close();
    client.destroy();
    await servers.stop();
  }
}

function fail(message: string): never {
  throw new RangeError(message);
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;
