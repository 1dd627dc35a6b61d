import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type FunctionHost, startFunctionHost } from "../../../infra/local/function-host.ts";
import type { Handler } from "../../../lib/adapters/memory/function-invoker.ts";
import { PulsarWebSocketBroker } from "../../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../../../lib/adapters/system-clock.ts";
import type { BridgeOptions } from "../../../lib/bridge/options.ts";
import { MESSAGE_FORMAT } from "../../../lib/core/protocol/messages.ts";
import { SUBSCRIPTION, taskExecutorTopic, workflowEngineTopic } from "../../../lib/core/protocol/topics.ts";
import type { Json } from "../../../lib/core/values/json.ts";
import { noRetry } from "../../../lib/core/values/retry.ts";
import { workflowHandler } from "../../../lib/engine/workflow-handler.ts";
import { serviceHandler } from "../../../lib/service/service-handler.ts";
import { createTestTable } from "../../contract/dynamodb-table.ts";
import { PulsarNamespace } from "../kills/pulsar-namespace.ts";
import { countingSteps, Flow, FlowV1, Steps } from "../lambda-bridge/flows.ts";

const POLL_MS = 20;

const OPTIONS = {
  routes: [
    { topic: workflowEngineTopic(Flow.name), type: "key_shared", functionName: "flow", timeoutMs: 30_000 },
    { topic: taskExecutorTopic(Steps.name), type: "shared", functionName: "steps", timeoutMs: 30_000 },
  ],
} as const satisfies BridgeOptions;

/** The bridge's process, as a container runs it. */
export class Container {
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #output = "";
  #errors = "";

  constructor(bundle: string, env: { readonly [name: string]: string }) {
    const child = spawn(process.execPath, [bundle], { env, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (chunk) => (this.#output += chunk));
    child.stderr.on("data", (chunk) => (this.#errors += chunk));
    this.#child = child;
    this.ended = once(child, "close").then(([code]) => code);
  }

  get errors(): string {
    return this.#errors;
  }

  get healthPort(): number | undefined {
    return this.#lines.find(({ ready }) => ready === true)?.["healthPort"] as number | undefined;
  }

  /** What it has written for CloudWatch. */
  get metrics(): readonly object[] {
    return this.#lines.filter(({ _aws }) => _aws !== undefined);
  }

  /** Ends it as ECS does, and gives its exit code. */
  stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    return this.ended;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  get #lines(): readonly { readonly [name: string]: unknown }[] {
    return this.#output
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line));
  }
}

/** Functions behind Lambda's own API, a namespace of a real Pulsar and a table of DynamoDB Local. */
export class ContainerGround {
  readonly executions: ReadonlyMap<string, number>;
  readonly stores: ReturnType<Awaited<ReturnType<typeof createTestTable>>["open"]>;
  readonly namespace: PulsarNamespace;
  readonly #broker: PulsarWebSocketBroker;
  readonly #host: FunctionHost;
  readonly #bundle: string;
  readonly #env: { readonly [name: string]: string };
  readonly #containers: Container[] = [];

  static async open(setup: {
    /** The bridge's code, as its image has it. */
    readonly bundle: string;
    readonly pulsarWebUrl: string;
    readonly dynamoDbEndpoint: string;
  }): Promise<ContainerGround> {
    const namespace = new PulsarNamespace(setup.pulsarWebUrl);
    await namespace.create();
    const table = await createTestTable(setup.dynamoDbEndpoint);
    const stores = table.open(systemClock);
    const { steps, executions } = countingSteps();
    const clock = systemClock;
    const handlers: { readonly [name: string]: Handler } = {
      flow: workflowHandler({ definition: Flow, classes: [FlowV1], ...stores, clock }) as Handler,
      steps: serviceHandler(
        Steps,
        steps,
        { retry: noRetry },
        { clock, random: Math.random, payloadStore: stores.payloadStore },
      ) as Handler,
    };
    const host = await startFunctionHost({ handlers });
    const pulsar = { webUrl: setup.pulsarWebUrl, namespace: namespace.name };
    const broker = new PulsarWebSocketBroker(pulsar);
    // As a deploy does: what nobody subscribed is lost.
    for (const { topic, type } of OPTIONS.routes) {
      await broker.ensureSubscription({ topic, subscription: SUBSCRIPTION, type });
    }
    const env = {
      AWS_REGION: "local",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${host.port}`,
      INFINITIC_SERVICE: "test",
      INFINITIC_HEALTH_PORT: "0",
      INFINITIC_PULSAR: JSON.stringify(pulsar),
      INFINITIC_BRIDGE: JSON.stringify(OPTIONS),
    };
    return new ContainerGround({ executions, stores, namespace, broker, host, bundle: setup.bundle, env });
  }

  private constructor(parts: {
    readonly executions: ReadonlyMap<string, number>;
    readonly stores: ContainerGround["stores"];
    readonly namespace: PulsarNamespace;
    readonly broker: PulsarWebSocketBroker;
    readonly host: FunctionHost;
    readonly bundle: string;
    readonly env: { readonly [name: string]: string };
  }) {
    this.executions = parts.executions;
    this.stores = parts.stores;
    this.namespace = parts.namespace;
    this.#broker = parts.broker;
    this.#host = parts.host;
    this.#bundle = parts.bundle;
    this.#env = parts.env;
  }

  /** Begins to run a container, with other environment variables where they are given. */
  spawn(env: { readonly [name: string]: string } = {}): Container {
    const container = new Container(this.#bundle, { ...this.#env, ...env });
    this.#containers.push(container);
    return container;
  }

  /** Runs a container, which is healthy by now. */
  async run(): Promise<Container> {
    const container = this.spawn();
    for (;;) {
      if (container.healthPort !== undefined) return container;
      const ended = await Promise.race([
        container.ended.then((code) => ({ code })),
        sleep(POLL_MS, undefined),
      ]);
      if (ended)
        throw new Error(`expected the bridge to run, got exit code ${ended.code}: ${container.errors}`);
    }
  }

  /** Starts a workflow, as a client does. */
  async start(workflowId: string, method: string, args: readonly Json[]): Promise<void> {
    const key = { workflow: Flow.name, workflowId };
    const message = {
      kind: "start",
      format: MESSAGE_FORMAT,
      id: "run",
      at: Date.now(),
      ...key,
      method,
      args,
    };
    const payload = JSON.stringify(message);
    await this.#broker.publish({ topic: workflowEngineTopic(Flow.name), key: workflowId, payload });
  }

  async close(): Promise<void> {
    for (const container of this.#containers) container.kill();
    await this.#broker.close();
    await this.#host.close();
  }
}
