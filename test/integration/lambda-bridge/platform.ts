import { vi } from "vitest";
import { type FunctionHost, startFunctionHost } from "../../../infra/local/function-host.ts";
import { LambdaBridgeStarter } from "../../../lib/adapters/lambda/bridge-starter.ts";
import { LambdaFunctionInvoker } from "../../../lib/adapters/lambda/function-invoker.ts";
import type { Handler } from "../../../lib/adapters/memory/function-invoker.ts";
import { PulsarWebSocketBroker } from "../../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../../../lib/adapters/system-clock.ts";
import type { LeasedTimes, RunEnd } from "../../../lib/bridge/lease/leased-bridge.ts";
import { wakingBroker } from "../../../lib/bridge/lease/waking-broker.ts";
import type { BridgeOptions } from "../../../lib/bridge/options.ts";
import {
  DELAYED_TOPIC,
  SUBSCRIPTION,
  taskExecutorTopic,
  workflowEngineTopic,
} from "../../../lib/core/protocol/topics.ts";
import { noRetry } from "../../../lib/core/values/retry.ts";
import { Sweeper } from "../../../lib/engine/sweeper.ts";
import { workflowHandler } from "../../../lib/engine/workflow-handler.ts";
import {
  type BridgeContext,
  type BridgeHandler,
  bridgeFunction,
} from "../../../lib/lambda/bridge-function.ts";
import type { BridgeEvent } from "../../../lib/ports/bridge-starter.ts";
import type { Broker } from "../../../lib/ports/broker.ts";
import { serviceHandler } from "../../../lib/service/service-handler.ts";
import { createTestTable } from "../../contract/dynamodb-table.ts";
import { PulsarNamespace } from "../kills/pulsar-namespace.ts";
import { countingSteps, Flow, FlowV1, Steps } from "./flows.ts";

/** One run of the bridge's function. */
export interface Run {
  readonly event: BridgeEvent;
  readonly startedAt: number;
  endedAt?: number;
  end?: RunEnd;
}

/** What a function may take, beside what the routes add. */
const FUNCTION_MS = 20_000;

/**
 * Functions behind Lambda's own API, a namespace of a real Pulsar and a table of DynamoDB Local: everything of a
 * deployment but the cloud. The bridge is its real handler, as a function that is started by events.
 */
export class Platform {
  readonly runs: Run[] = [];
  readonly executions: ReadonlyMap<string, number>;
  readonly stores: ReturnType<Awaited<ReturnType<typeof createTestTable>>["open"]>;
  readonly namespace: PulsarNamespace;
  /** Publishes as the api function does. */
  readonly broker: Pick<Broker, "publish">;
  readonly starter: LambdaBridgeStarter;
  readonly #broker: PulsarWebSocketBroker;
  readonly #host: FunctionHost;
  readonly #invoker: LambdaFunctionInvoker;
  #schedule: NodeJS.Timeout | undefined;

  /** @param setup `lifeMs`: the timeout of the bridge's function; `bridge`: its handler, in this process unless given */
  static async open(setup: {
    readonly pulsarWebUrl: string;
    readonly dynamoDbEndpoint: string;
    readonly lifeMs: number;
    readonly times?: Partial<LeasedTimes>;
    readonly bridge?: BridgeHandler;
  }): Promise<Platform> {
    const namespace = new PulsarNamespace(setup.pulsarWebUrl);
    await namespace.create();
    const table = await createTestTable(setup.dynamoDbEndpoint);
    const stores = table.open(systemClock);
    await stores.dueStore.moveCursor(undefined, Math.floor(systemClock.now() / 60_000) - 1);
    const runs: Run[] = [];
    const { steps, executions } = countingSteps();
    const handlers: { readonly [name: string]: Handler } = {
      flow: workflowHandler({
        definition: Flow,
        classes: [FlowV1],
        ...stores,
        clock: systemClock,
      }) as Handler,
      steps: serviceHandler(
        Steps,
        steps,
        { retry: noRetry },
        { clock: systemClock, random: Math.random, payloadStore: stores.payloadStore },
      ) as Handler,
      timers: ((sweeper) => sweeper.sweep.bind(sweeper))(
        new Sweeper({ store: stores.dueStore, clock: systemClock }),
      ) as Handler,
      bridge: watched(
        setup.bridge ?? bridgeFunction(setup.times ? { times: setup.times } : {}),
        runs,
      ) as Handler,
    };
    const host = await startFunctionHost({ handlers, limits: { bridge: { timeoutMs: setup.lifeMs } } });
    const pulsar = { webUrl: setup.pulsarWebUrl, namespace: namespace.name };
    for (const [name, value] of Object.entries({
      AWS_REGION: "local",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL_DYNAMODB: setup.dynamoDbEndpoint,
      AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${host.port}`,
      INFINITIC_TABLE: table.name,
      INFINITIC_SERVICE: "test",
      INFINITIC_PULSAR: JSON.stringify(pulsar),
      INFINITIC_BRIDGE: JSON.stringify(ROUTES),
    })) {
      vi.stubEnv(name, value);
    }
    const broker = new PulsarWebSocketBroker(pulsar);
    // As a deploy does: what nobody subscribed is lost.
    for (const { topic, type } of [...ROUTES.routes, { topic: DELAYED_TOPIC, type: "shared" as const }]) {
      await broker.ensureSubscription({ topic, subscription: SUBSCRIPTION, type });
    }
    return new Platform({ runs, executions, stores, namespace, broker, host });
  }

  private constructor(parts: {
    readonly runs: Run[];
    readonly executions: ReadonlyMap<string, number>;
    readonly stores: Platform["stores"];
    readonly namespace: PulsarNamespace;
    readonly broker: PulsarWebSocketBroker;
    readonly host: FunctionHost;
  }) {
    this.runs = parts.runs;
    this.executions = parts.executions;
    this.stores = parts.stores;
    this.namespace = parts.namespace;
    this.#broker = parts.broker;
    this.#host = parts.host;
    this.#invoker = new LambdaFunctionInvoker();
    this.starter = new LambdaBridgeStarter({ invoker: this.#invoker, functionName: "bridge" });
    this.broker = wakingBroker({
      broker: parts.broker,
      leases: parts.stores.leases,
      starter: this.starter,
      clock: systemClock,
      slots: 1,
      log: (message) => process.stderr.write(`${message}\n`),
    });
  }

  /** Starts the bridge once an interval, as the deployment's schedule does once a minute. */
  schedule(intervalMs: number): void {
    this.#schedule = setInterval(() => void this.starter.start({ kind: "schedule", slot: 0 }), intervalMs);
  }

  async close(): Promise<void> {
    clearInterval(this.#schedule);
    await this.#broker.close();
    this.#invoker.close();
    await this.#host.close();
    vi.unstubAllEnvs();
  }
}

const ROUTES = {
  routes: [
    {
      topic: workflowEngineTopic(Flow.name),
      type: "key_shared" as const,
      functionName: "flow",
      timeoutMs: FUNCTION_MS,
    },
    {
      topic: taskExecutorTopic(Steps.name),
      type: "shared" as const,
      functionName: "steps",
      timeoutMs: FUNCTION_MS,
      batchSize: 1,
    },
  ],
  timers: { functionName: "timers" },
} satisfies BridgeOptions;

function watched(handler: BridgeHandler, runs: Run[]) {
  return async (event: BridgeEvent, context: BridgeContext): Promise<{ readonly end: RunEnd }> => {
    const run: Run = { event, startedAt: Date.now() };
    runs.push(run);
    try {
      const answer = await handler(event, context);
      run.end = answer.end;
      return answer;
    } finally {
      run.endedAt = Date.now(); // also where it ended with an error: it has cost something
    }
  };
}
