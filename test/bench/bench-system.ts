import { join } from "node:path";
import { openClient } from "../../lib/adapters/dynamodb/client.ts";
import { createTable } from "../../lib/adapters/dynamodb/table.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { MESSAGE_FORMAT, type StartMessage } from "../../lib/core/protocol/messages.ts";
import { SUBSCRIPTION, taskExecutorTopic, workflowEngineTopic } from "../../lib/core/protocol/topics.ts";
import { decodeTip } from "../../lib/instance/tip.ts";
import { startChild } from "../child.ts";
import { Chain, coldId, type FunctionReport, type FunctionUsage, Text } from "./chain.ts";
import type { BenchOptions } from "./options.ts";
import { processCpuMs } from "./process-cpu.ts";
import { startServers } from "./servers.ts";
import type { SystemUnderTest } from "./system-under-test.ts";

const ROOT = join(import.meta.dirname, "../..");
const TABLE = "bench";

/** What a running workflow's start waits for. */
interface Running {
  readonly expected: string;
  readonly begun: number[];
  readonly resolve: (begun: readonly number[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts servers, functions and bridge, each a process of its own, and drives them through the broker. */
export async function startBenchSystem({ target, listIndex }: BenchOptions): Promise<SystemUnderTest> {
  const servers = await startServers(target);
  const client = openClient({ endpoint: servers.dynamoDbEndpoint, region: "local" });
  await createTable(client, TABLE);
  const functions = await startChild(
    join(ROOT, "infra/local/function-host.ts"),
    ["--port", "0", "--module", join(import.meta.dirname, "functions.ts")],
    {
      INFINITIC_TABLE: TABLE,
      INFINITIC_LIST: listIndex ? "on" : "off",
      DYNAMODB_ENDPOINT: servers.dynamoDbEndpoint,
    },
  );
  const engineTopic = workflowEngineTopic(Chain.name);
  const route = { timeoutMs: 30_000, batchSize: 50 };
  const bridge = await startChild(join(ROOT, "infra/bridge/bridge.ts"), [], {
    BRIDGE_CONFIG: JSON.stringify({
      pulsar: { webUrl: servers.pulsarWebUrl },
      lambda: { endpoint: `http://127.0.0.1:${functions.ready["port"]}`, region: "local" },
      healthPort: 0,
      bridge: {
        routes: [
          { topic: engineTopic, type: "key_shared", functionName: "chain", ...route },
          { topic: taskExecutorTopic(Text.name), type: "shared", functionName: "text", ...route },
        ],
      },
    }),
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  });
  const broker = new PulsarWebSocketBroker({ webUrl: servers.pulsarWebUrl });
  await broker.ensureSubscription({ topic: engineTopic, subscription: SUBSCRIPTION, type: "key_shared" });

  const running = new Map<string, Running>();
  let started = 0;
  let takeUsage: (usage: FunctionUsage) => void = () => undefined;
  functions.process.on("message", (report: FunctionReport) => {
    if (report.kind === "usage") takeUsage(report.usage);
    else if (report.kind === "task") running.get(report.id)?.begun.push(report.at);
    else end(running, report);
  });

  const run = async (id: string, tasks: number): Promise<readonly number[]> => {
    const ended = new Promise<readonly number[]>((resolve, reject) => {
      running.set(id, { expected: "x".repeat(Math.min(tasks, 21)), begun: [], resolve, reject });
    });
    started++;
    const message: StartMessage = {
      kind: "start",
      format: MESSAGE_FORMAT,
      id: "run",
      at: Date.now(),
      workflow: Chain.name,
      workflowId: id,
      method: "run",
      args: [id, tasks],
    };
    await broker.publish({ topic: engineTopic, key: id, payload: JSON.stringify(message) });
    return ended;
  };

  return {
    runWorkflow: async (id) => void (await run(id, 3)),
    runSteps: (id, steps, { coldAt } = {}) => run(coldAt === undefined ? id : coldId(id, coldAt), steps),
    async usedSoFar() {
      const usage = await new Promise<FunctionUsage>((resolve) => {
        takeUsage = resolve;
        functions.process.send?.("usage");
      });
      return {
        cpuMs: {
          bridge: processCpuMs(bridge.pid),
          functions: processCpuMs(functions.pid),
          broker: processCpuMs(servers.brokerPid),
          store: processCpuMs(servers.storePid),
        },
        work: { ...usage, publishes: usage.publishes + started },
      };
    },
    async stop() {
      await broker.close();
      await bridge.stop();
      await functions.stop();
      client.destroy();
      await servers.stop();
    },
  };
}

function end(running: Map<string, Running>, { id, body }: FunctionReport & { kind: "ended" }): void {
  const workflow = running.get(id);
  if (!workflow) return;
  running.delete(id);
  const tip = decodeTip({ workflow: Chain.name, workflowId: id }, Buffer.from(body, "base64"));
  const ending = tip.tail.at(-1);
  const result = ending?.kind === "method-completed" ? ending.value : JSON.stringify(ending);
  if (result === workflow.expected) workflow.resolve(workflow.begun);
  else workflow.reject(new RangeError(`expected workflow ${id} to give ${workflow.expected}, got ${result}`));
}
