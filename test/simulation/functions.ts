import type { Handler, HandlerContext } from "../../lib/adapters/memory/function-invoker.ts";
import type { InvocationRequest } from "../../lib/core/protocol/invocation.ts";
import { Sweeper } from "../../lib/engine/sweeper.ts";
import { type EngineStores, workflowHandler } from "../../lib/engine/workflow-handler.ts";
import type { FunctionInvoker, InvokeOutcome } from "../../lib/ports/function-invoker.ts";
import { serviceHandler } from "../../lib/service/service-handler.ts";
import { withWrongHints } from "./hints.ts";
import { Collector, CollectorV1, DESK_OPTIONS, Desk, deskWith, Journey, JourneyV1 } from "./journey.ts";
import type { Ledger } from "./ledger.ts";
import { Process } from "./process.ts";
import type { Inside, Sabotage } from "./sabotage.ts";
import { remoteStores } from "./stores.ts";
import { Tally, TallyV1 } from "./tally.ts";
import type { World } from "./world.ts";

/** The function's own timeout, at which the platform ends it; mostly. */
const TIMEOUT_MS = 20_000;
const LONGEST_WORK_MS = 300;

/** One sandbox: the code of one function, warm from one invocation to the next, until it dies. */
interface Sandbox {
  readonly process: Process;
  readonly handler: Handler;
}

const HANDLERS: {
  readonly [functionName: string]: (stores: EngineStores, process: Process) => Handler;
} = {
  "workflow-Journey": (stores, { clock }) =>
    workflowHandler({ ...stores, clock, definition: Journey, classes: [JourneyV1] }) as Handler,
  "workflow-Collector": (stores, { clock }) =>
    workflowHandler({ ...stores, clock, definition: Collector, classes: [CollectorV1] }) as Handler,
  "workflow-Tally": (stores, { clock }) =>
    workflowHandler({ ...stores, clock, definition: Tally, classes: [TallyV1] }) as Handler,
  "service-Desk": ({ payloadStore }, { clock, world, name }) => {
    const desk = deskWith(clock, (taskId) => world.chance.int(`work ${taskId}`, 1, LONGEST_WORK_MS));
    const random = (): number => world.chance.draw(`retries of ${name}`);
    return serviceHandler(Desk, desk, DESK_OPTIONS, { clock, random, payloadStore }) as Handler;
  },
  timers: ({ dueStore }, { clock }) => {
    const sweeper = new Sweeper({ store: dueStore, clock });
    return sweeper.sweep.bind(sweeper) as Handler;
  },
};

/**
 * When workflow code is replayed: `"as-needed"`, in sandboxes that are warm or cold by chance, or `"always"`, each
 * invocation in a new one.
 */
export type Replay = "as-needed" | "always";

/** Functions of the user's own, by name. */
type OwnHandlers = ReadonlyMap<string, (process: Process) => Handler>;

/** Runs functions in sandboxes, as Lambda does: one invocation each at a time, warm or cold. */
export class Functions {
  readonly #world: World;
  readonly #stores: EngineStores;
  readonly #ledger: Ledger;
  readonly #sabotage: Sabotage;
  readonly #inside: Inside;
  readonly #replay: Replay;
  readonly #own: OwnHandlers;
  readonly #idle = new Map<string, Sandbox[]>();
  #made = 0;

  constructor(options: {
    readonly world: World;
    readonly stores: EngineStores;
    readonly ledger: Ledger;
    readonly sabotage: Sabotage;
    readonly inside: Inside;
    readonly replay: Replay;
    readonly own: OwnHandlers;
  }) {
    this.#world = options.world;
    this.#stores = options.stores;
    this.#ledger = options.ledger;
    this.#sabotage = options.sabotage;
    this.#inside = options.inside;
    this.#replay = options.replay;
    this.#own = options.own;
  }

  /** The port of one bridge. */
  connect(bridge: Process): FunctionInvoker {
    const { faults } = this.#world;
    return {
      invoke: (functionName, payload, { timeoutMs }) =>
        bridge.call(`invoke ${functionName}`, async (): Promise<InvokeOutcome> => {
          if (faults.strikes("function throttled", functionName)) return { kind: "throttled" };
          if (faults.strikes("function missing", functionName))
            return { kind: "misconfigured", message: "no such function" };
          if (faults.strikes("function out of reach", functionName))
            return { kind: "unavailable", message: "no connection" };
          const outcome = this.#run(functionName, payload);
          const lost = this.#world.sleep(timeoutMs).then((): InvokeOutcome => ({ kind: "timed-out" }));
          const answer = await Promise.race([outcome, lost]);
          if (!faults.strikes("answer lost", functionName)) return answer;
          return { kind: "unavailable", message: "connection broken" };
        }),
    };
  }

  /** Never rejects. Goes on whether or not anybody waits for it. */
  async #run(functionName: string, payload: string): Promise<InvokeOutcome> {
    const world = this.#world;
    const sandbox = this.#sandbox(functionName);
    const { process, handler } = sandbox;
    world.log(`${process.name} is invoked with ${payload}`);
    const died = new Promise<InvokeOutcome>((resolve) => {
      process.onDeath(() => resolve({ kind: "died", errorType: "Sandbox", message: "exited" }));
    });
    const timeout = world.after(TIMEOUT_MS, () => {
      if (!world.faults.strikes("function outlives its timeout", functionName)) process.die();
    });
    const deadline = process.clock.now() + TIMEOUT_MS;
    const context: HandlerContext = {
      functionName,
      awsRequestId: "request",
      getRemainingTimeInMillis: () => Math.max(0, deadline - process.clock.now()),
    };
    const answered = this.#call(functionName, handler, payload, context);
    const outcome = await Promise.race([answered, died]);
    timeout.isOff = true;
    const isKept = outcome.kind === "answered" && !process.isDead && this.#replay === "as-needed";
    if (isKept) this.#idle.get(functionName)?.push(sandbox);
    if (outcome.kind === "answered") world.log(`${process.name} answers ${outcome.payload}`);
    return outcome;
  }

  async #call(
    functionName: string,
    handler: Handler,
    payload: string,
    context: HandlerContext,
  ): Promise<InvokeOutcome> {
    const [kind, name = ""] = functionName.split("-");
    const sent = JSON.parse(payload) as InvocationRequest;
    const parts = { world: this.#world, ledger: this.#ledger };
    const request =
      kind === "workflow" && sent.kind === "messages" ? withWrongHints(sent, name, parts) : sent;
    try {
      const answer = await handler(request as never, context);
      return { kind: "answered", payload: JSON.stringify(answer) };
    } catch (error) {
      return { kind: "died", errorType: (error as Error).name, message: String(error) };
    }
  }

  /** One that is idle, or a new one. */
  #sandbox(functionName: string): Sandbox {
    const idle = this.#idle.get(functionName) ?? [];
    this.#idle.set(functionName, idle);
    const choice = this.#world.chance.int(`sandbox of ${functionName}`, 0, idle.length);
    const [warm] = idle.splice(choice, 1);
    if (warm !== undefined && !warm.process.isDead) return warm;
    const own = this.#own.get(functionName);
    const make = own ? (_: EngineStores, process: Process) => own(process) : HANDLERS[functionName];
    if (make === undefined) throw new RangeError(`expected a function, got ${functionName}`);
    this.#made += 1;
    const process = new Process(this.#world, `${functionName}/${this.#made}`, "crash of a function");
    const parts = {
      stores: remoteStores(this.#stores, process),
      make: (stores: EngineStores) => make(stores, process),
    };
    const handler = this.#sabotage.sandbox?.(functionName, parts, this.#inside) ?? parts.make(parts.stores);
    return { process, handler };
  }
}
