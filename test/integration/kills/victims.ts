import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freePorts } from "../../../infra/local/free-ports.ts";
import type { BridgeOptions } from "../../../lib/bridge/options.ts";
import { taskExecutorTopic, workflowEngineTopic } from "../../../lib/core/protocol/topics.ts";
import { Counter, Errand, Journey, Steps } from "./journey.ts";
import { KeptProcess } from "./kept-process.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** Where bridges and functions work. */
export interface Surroundings {
  readonly pulsarWebUrl: string;
  readonly namespace: string;
  readonly dynamoDbEndpoint: string;
  readonly table: string;
  /** For logs and for records of executions. */
  readonly directory: string;
}

/** A process that may be killed. */
export interface Victim {
  readonly kind: "bridge" | "functions";
  readonly process: KeptProcess;
}

/** Where the functions record what they execute. */
export const executionsIn = (directory: string): string => join(directory, "executions");

/** Starts two bridges, each with a function host of its own, at a port that outlives it. */
export async function startVictims(
  surroundings: Surroundings,
  onExecuted: () => void,
): Promise<readonly Victim[]> {
  await mkdir(executionsIn(surroundings.directory), { recursive: true });
  const ports = await freePorts(2);
  return ports.flatMap((port) => [
    { kind: "functions", process: startFunctions(surroundings, port, onExecuted) },
    { kind: "bridge", process: startBridge(surroundings, port) },
  ]);
}

function startFunctions(surroundings: Surroundings, port: number, onExecuted: () => void): KeptProcess {
  const { table, dynamoDbEndpoint, directory } = surroundings;
  return new KeptProcess({
    script: join(ROOT, "infra/local/function-host.ts"),
    args: ["--port", String(port), "--module", join(import.meta.dirname, "functions.ts")],
    env: {
      INFINITIC_TABLE: table,
      DYNAMODB_ENDPOINT: dynamoDbEndpoint,
      EXECUTIONS: executionsIn(directory),
    },
    logFile: join(directory, `functions-${port}.log`),
    onMessage: onExecuted,
  });
}

function startBridge(surroundings: Surroundings, functionsPort: number): KeptProcess {
  const { pulsarWebUrl: webUrl, namespace, directory } = surroundings;
  return new KeptProcess({
    script: join(ROOT, "infra/bridge/bridge.ts"),
    env: {
      BRIDGE_CONFIG: JSON.stringify({
        pulsar: { webUrl, namespace },
        lambda: { endpoint: `http://127.0.0.1:${functionsPort}`, region: "local" },
        healthPort: 0,
        bridge: OPTIONS,
      }),
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
    },
    logFile: join(directory, `bridge-${functionsPort}.log`),
  });
}

const timeoutMs = 30_000;

/**
 * One message at a time, from its receipt to its acknowledgement. A killed bridge repeats what it held: a task
 * that was executed, and a step whose tasks were published. So this is what bounds the executions beyond one.
 */
const ONE = { batchSize: 1, maxConcurrency: 1, maxHeld: 1 };

const OPTIONS: BridgeOptions = {
  routes: [
    {
      topic: workflowEngineTopic(Journey.name),
      type: "key_shared",
      functionName: "journey",
      timeoutMs,
      ...ONE,
    },
    {
      topic: workflowEngineTopic(Errand.name),
      type: "key_shared",
      functionName: "errand",
      timeoutMs,
      ...ONE,
    },
    { topic: workflowEngineTopic(Counter.name), type: "key_shared", functionName: "counter", timeoutMs },
    { topic: taskExecutorTopic(Steps.name), type: "shared", functionName: "steps", timeoutMs, ...ONE },
  ],
  retry: { maxDelayMs: 1_000 },
};
