import { type Handler, MemoryFunctionInvoker } from "../adapters/memory/function-invoker.ts";
import { MemoryBroker } from "../adapters/memory/memory-broker.ts";
import { memoryStores } from "../adapters/memory/stores.ts";
import { Bridge } from "../bridge/bridge.ts";
import { InfiniticClient } from "../client/client.ts";
import type { ClientInterceptor } from "../client/client-options.ts";
import type { MethodsOf, ServiceDefinition } from "../core/contract/definition.ts";
import type { Duration } from "../core/values/duration.ts";
import { TASK_WORKFLOW } from "../core/values/ids.ts";
import { checkKeys } from "../core/values/option-keys.ts";
import { Sweeper } from "../engine/sweeper.ts";
import {
  type EngineStores,
  taskWorkflowHandler,
  versionsOf,
  workflowHandler,
} from "../engine/workflow-handler.ts";
import { type ApiHandler, apiHandler } from "../http/api-handler.ts";
import { Contracts } from "../http/contracts.ts";
import { fetchHandler } from "../http/fetch-handler.ts";
import type { Broker } from "../ports/broker.ts";
import type { Clock } from "../ports/clock.ts";
import type { HealthIssue } from "../ports/health-issue.ts";
import type { IdempotencyKeys } from "../ports/idempotency-keys.ts";
import type { InstanceList } from "../ports/instance-list.ts";
import { membersOfVersions } from "../runtime/members-of-versions.ts";
import { serviceHandler } from "../service/service-handler.ts";
import type { ServiceOptions } from "../service/service-options.ts";
import { checkSetup } from "./check-setup.ts";
import { ManualClock } from "./manual-clock.ts";
import { PushedTime } from "./pushed-time.ts";
import { routesOf } from "./routes.ts";
import { inNewSandboxes, inOneSandbox } from "./sandboxes.ts";
import { stoppedForGood } from "./stopped-for-good.ts";
import type { TestWorkflow } from "./test-workflow.ts";
import { Unregistered } from "./unregistered.ts";

/** A service of a test system; made by {@link serviceOf}. */
export interface TestService {
  readonly definition: ServiceDefinition<unknown>;
  readonly handler: (world: Pick<TestParts, "clock" | "payloadStore">) => Handler;
  readonly batching: TestBatching;
}

/** How many tasks of a service share an invocation: the `batchSize` and `lingerMs` of a deployed one's event. */
export interface TestBatching {
  /** Most tasks of one invocation. Default: 1, as an invocation is answered with its slowest task. */
  readonly batchSize?: number;
  /** How long tasks that are fewer wait for more. Default: not at all. */
  readonly linger?: Duration;
}

/** The parts that a test may bring; the rest is in memory, with a clock that stands until pushed. */
export interface TestParts extends EngineStores {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly idempotencyKeys: IdempotencyKeys;
  /** Of the state store; without it instances cannot be listed. */
  readonly instanceList?: InstanceList | undefined;
}

/**
 * Registers a service's implementation.
 *
 * @example
 * serviceOf(Mailer, new SmtpMailer(), { batched: { send: sendBatch } }, { batchSize: 2, linger: "2s" })
 */
export function serviceOf<S>(
  definition: ServiceDefinition<S>,
  implementation: MethodsOf<S>,
  options: ServiceOptions<S> = {},
  batching: TestBatching = {},
): TestService {
  checkKeys(batching, ["batchSize", "linger"]);
  return {
    definition,
    batching,
    handler: ({ clock, payloadStore }) =>
      serviceHandler(definition, implementation, options, {
        clock,
        payloadStore,
        random: () => 0.5,
      }) as Handler,
  };
}

/**
 * When workflow code is replayed from its history: `"as-needed"`, as in production, where an instance stays in memory
 * from one step to the next; or `"always"`, each step in a new sandbox. Then the values that code sends are compared,
 * too, as with `checkMode` `strict`.
 */
export type TestReplay = "as-needed" | "always";

/** The name of the function that sweeps. */
const TIMERS = "timers";

/**
 * The whole system in this process: broker, bridge, functions, stores, and a client of its API.
 *
 * @example
 * const setup = {
 *   workflows: [workflowOf(OrderFlow, OrderFlowV1)],
 *   services: [serviceOf(Payments, { charge: async () => "paid" }, { retry: noRetry })],
 * };
 *
 * test("an order is paid once it is approved", async () => {
 *   const system = await new TestSystem(setup).start();
 *   const flow = await system.client.newWorkflow(OrderFlow, { id: "42" }).dispatch.run({ id: "42", cents: 990 });
 *   await system.client.getWorkflowById(OrderFlow, "42").approved.send(true);
 *   expect(await system.until(flow.result())).toBe("paid");
 *   await system.close();
 * });
 */
export class TestSystem {
  readonly parts: TestParts;
  readonly invoker: MemoryFunctionInvoker;
  /** Calls its API in place of the network. */
  readonly fetch: ReturnType<typeof fetchHandler>;
  readonly client: InfiniticClient;
  readonly bridge: Bridge;
  /** What the bridge complained of, as it came. */
  readonly healthIssues: HealthIssue[] = [];
  /** The former name of {@link healthIssues}. */
  readonly troubles: readonly HealthIssue[] = this.healthIssues;
  /** What the functions logged, a line of JSON each. */
  readonly log: string[] = [];
  readonly workflows: readonly TestWorkflow[];
  readonly services: readonly TestService[];
  readonly #routes: ReturnType<typeof routesOf>;
  /** Undefined with a clock that goes by itself. */
  readonly #time: PushedTime | undefined;
  readonly #unregistered: Unregistered;

  constructor(setup: {
    readonly workflows: readonly TestWorkflow[];
    readonly services?: readonly TestService[];
    readonly parts?: Partial<TestParts>;
    /** Most messages of one invocation of a workflow function. Default: 10. */
    readonly batchSize?: number;
    /** Whether instances can be listed by workflow, status and time. Default: true. */
    readonly isListed?: boolean;
    /** Wraps every function: to count, to fail, to crash. */
    readonly wrap?: (functionName: string, handler: Handler) => Handler;
    /** `"always"` shows workflow code that does not do the same, or send the same values, again. Default: `"as-needed"`. */
    readonly replay?: TestReplay;
    /** Of the client. Default: none. */
    readonly interceptors?: readonly ClientInterceptor[];
  }) {
    checkSetup(setup);
    const { workflows, services = [], isListed = true, wrap = (_name, handler) => handler } = setup;
    const inSandbox = setup.replay === "always" ? inNewSandboxes : inOneSandbox;
    const clock = setup.parts?.clock ?? new ManualClock();
    this.workflows = workflows;
    this.services = services;
    this.#routes = routesOf({ workflows, services, batchSize: setup.batchSize ?? 10 });
    const broker = setup.parts?.broker ?? new MemoryBroker({ clock });
    const stores = memoryStores({ clock });
    const instanceList = isListed && !setup.parts?.stateStore ? stores.instanceList : undefined;
    this.parts = { ...stores, instanceList, ...setup.parts, clock, broker };
    const topics = new Set(this.#routes.map(({ topic }) => topic));
    this.#unregistered = new Unregistered({
      broker,
      isOwn: (topic) => topics.has(topic),
      onHealthIssue: (issue) => this.healthIssues.push(issue),
    });
    if (clock instanceof ManualClock) this.#time = new PushedTime({ clock, dueStore: this.parts.dueStore });
    const handlers: { [functionName: string]: Handler } = {};
    const add = (name: string, handler: Handler): void => {
      const wrapped = wrap(name, handler);
      // A sweep only looks.
      handlers[name] = (name !== TIMERS && this.#time?.watched(wrapped)) || wrapped;
    };
    const log = (line: string): unknown => this.log.push(line);
    for (const workflow of workflows) {
      const make = () =>
        workflowHandler({
          ...workflow,
          ...this.parts,
          isListed,
          log,
          comparesValues: setup.replay === "always",
        });
      add(`workflow-${workflow.definition.name}`, inSandbox(make));
    }
    if (workflows.length === 0) {
      add(
        `workflow-${TASK_WORKFLOW}`,
        inSandbox(() => taskWorkflowHandler(this.parts)),
      );
    }
    for (const { definition, handler } of services) add(`service-${definition.name}`, handler(this.parts));
    const sweeper = new Sweeper({ store: this.parts.dueStore, clock });
    add(TIMERS, sweeper.sweep.bind(sweeper) as Handler);
    this.invoker = new MemoryFunctionInvoker({ handlers, clock });
    this.bridge = this.addBridge();
    const fetch = fetchHandler(this.#api());
    this.fetch = this.#time?.noting(fetch) ?? fetch;
    this.client = new InfiniticClient({
      url: "http://test",
      fetch: this.fetch,
      clock,
      interceptors: setup.interceptors ?? [],
    });
  }

  /** Makes one more bridge on the same broker and functions; start it yourself. */
  addBridge(): Bridge {
    return new Bridge({
      ...this.parts,
      broker: this.#unregistered.broker,
      invoker: this.invoker,
      onHealthIssue: (issue) => this.healthIssues.push(issue),
      random: () => 0.5,
      options: {
        routes: this.#routes,
        timers: { functionName: TIMERS },
      },
    });
  }

  /**
   * Waits for an outcome. With a clock that stands, time stands while anything real runs in a function; then it goes
   * to the next instant at which something can happen.
   *
   * @throws InfiniticError `MISCONFIGURED` when nothing can happen any more, and a message waits for a service or
   * workflow that nobody registered; `WORKFLOW_CHANGED`, `UNKNOWN_WORKFLOW_VERSION` or `UNKNOWN_RULES` when an instance
   * has stopped for want of other code, which a test system never gets
   */
  async until<T>(outcome: Promise<T>): Promise<T> {
    const checkHope = (isOver: boolean): void => {
      const error = stoppedForGood(this.log) ?? (isOver ? this.#unregistered.error : undefined);
      if (error) throw error;
    };
    return this.#time ? this.#time.until(outcome, checkHope) : outcome;
  }

  #api(): ApiHandler {
    const named = this.workflows.map(({ definition: { name } }) => [
      name,
      { functionName: `workflow-${name}` },
    ]);
    return apiHandler({
      ...this.parts,
      broker: this.#unregistered.broker,
      invoker: this.invoker,
      workflows: Object.fromEntries(named),
      askMembers: async (name) => {
        const workflow = this.workflows.find(({ definition }) => definition.name === name);
        return workflow && membersOfVersions(name, versionsOf(name, workflow.classes));
      },
      contracts: new Contracts({
        workflows: this.workflows.map(({ definition }) => definition),
        services: this.services.map(({ definition }) => definition),
      }),
      services: this.services.map(({ definition: { name } }) => name),
      runsTasks: true,
      log: (line) => this.log.push(line),
    });
  }

  async start(): Promise<this> {
    await this.bridge.start();
    return this;
  }

  async close(): Promise<void> {
    await this.until(this.bridge.close());
    await this.parts.broker.close();
    this.#time?.close();
  }
}
