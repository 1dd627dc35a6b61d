import { encodeListed } from "../../lib/adapters/dynamodb/list-row.ts";
import { encodeState } from "../../lib/adapters/dynamodb/state-item.ts";
import { itemBytes } from "../../lib/adapters/dynamodb/stored-item.ts";
import { type Handler, MemoryFunctionInvoker } from "../../lib/adapters/memory/function-invoker.ts";
import { MemoryLeaseStore } from "../../lib/adapters/memory/lease-store.ts";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { memoryStores } from "../../lib/adapters/memory/stores.ts";
import { Bridge } from "../../lib/bridge/bridge.ts";
import { LeasedBridge } from "../../lib/bridge/lease/leased-bridge.ts";
import { wakingBroker } from "../../lib/bridge/lease/waking-broker.ts";
import { Sweeper } from "../../lib/engine/sweeper.ts";
import { workflowHandler } from "../../lib/engine/workflow-handler.ts";
import { apiHandler } from "../../lib/http/api-handler.ts";
import { fetchHandler } from "../../lib/http/fetch-handler.ts";
import type { BridgeEvent } from "../../lib/ports/bridge-starter.ts";
import { serviceHandler } from "../../lib/service/service-handler.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { Chain, ChainV1, Text } from "../bench/chain.ts";
import { DEPLOYMENT, type FunctionKey } from "./deployment.ts";
import { meteredDueStore, meteredLeases, meteredStateStore, Units } from "./metered-stores.ts";

/** What DynamoDB stores for each item, and each row of an index, beside what is in it. */
const ITEM_OVERHEAD = 100;
/** What a function takes; the counts do not depend on it as long as it is short. */
const FUNCTION_MS = 20;
const TASKS = 3;
const MINUTE = 60_000;
/** How far the sweep's cursor is behind at most. */
const SETTLED_MINUTES = 6;

/**
 * A deployed system in this process, which counts what AWS would bill: engine, service, api, timers and bridge as the
 * plugin configures them, on stores with DynamoDB's prices. Time is virtual: an hour takes seconds, and the counts are
 * the same each time.
 */
export class MeteredSystem {
  readonly clock = new ManualClock();
  /** By who uses the table. */
  readonly units = { engine: new Units(), api: new Units(), timers: new Units(), leases: new Units() };
  readonly invocations = new Map<FunctionKey, number>();
  bridgeMs = 0;
  /** Of the runs that carried messages, or looked for some: those that opened connections. */
  bridgeOpenings = 0;
  /** How long calls of the API waited. */
  waitedMs = 0;
  logBytes = 0;
  readonly #stores = memoryStores({ clock: this.clock });
  readonly #leases = new MemoryLeaseStore();
  readonly #broker = new MemoryBroker({ clock: this.clock });
  readonly #invoker: MemoryFunctionInvoker;
  readonly #fetch: ReturnType<typeof fetchHandler>;
  readonly #running = new Set<Promise<unknown>>();
  readonly #log = (line: string): void => {
    this.logBytes += Buffer.byteLength(line) + 1;
  };

  /** @param setup `taskMs`: what each task takes */
  constructor({ isListed, taskMs = FUNCTION_MS }: { readonly isListed: boolean; readonly taskMs?: number }) {
    const { clock } = this;
    const { engine, api, timers } = this.units;
    const parts = {
      ...this.#stores,
      stateStore: meteredStateStore(this.#stores.stateStore, engine),
      dueStore: meteredDueStore(this.#stores.dueStore, engine),
      clock,
    };
    const sweeper = new Sweeper({ store: meteredDueStore(this.#stores.dueStore, timers), clock });
    const text = { concat: async (before: string) => `${before}x` };
    const handlers = {
      chain: this.#counted(
        "chain",
        workflowHandler({ definition: Chain, classes: [ChainV1], isListed, ...parts }),
      ),
      text: this.#counted("text", serviceHandler(Text, text, {}, { ...parts, random: () => 0.5 }), taskMs),
      timers: this.#counted("timers", sweeper.sweep.bind(sweeper)),
    };
    this.#invoker = new MemoryFunctionInvoker({ handlers, clock });
    const broker = wakingBroker({
      broker: this.#broker,
      leases: meteredLeases(this.#leases, api),
      starter: { start: async (event) => this.startBridge(event) },
      clock,
      slots: 1,
      log: this.#log,
    });
    const stateStore = meteredStateStore(this.#stores.stateStore, api);
    const workflows = { [Chain.name]: { functionName: "chain" } };
    this.#fetch = fetchHandler(
      apiHandler({
        ...this.#stores,
        stateStore,
        broker,
        invoker: this.#invoker,
        clock,
        workflows,
        log: this.#log,
      }),
    );
  }

  /** Runs a bridge's function, which may find that another one leads. */
  startBridge(event: BridgeEvent): void {
    const { clock } = this;
    const startedAt = clock.now();
    this.#count("bridge");
    const bridge = new LeasedBridge({
      leases: meteredLeases(this.#leases, this.units.leases),
      starter: { start: async (next) => this.startBridge(next) },
      clock,
      owner: crypto.randomUUID(),
      routes: DEPLOYMENT.bridge.routes,
      open: (dues) => {
        this.bridgeOpenings += 1;
        return { bridge: this.#openBridge(dues), close: async () => undefined };
      },
      log: this.#log,
    });
    const run = bridge.run(event, DEPLOYMENT.bridgeTimeoutMs).then(() => {
      this.bridgeMs += clock.now() - startedAt;
    });
    this.#keep(run);
  }

  /** Starts a workflow of three tasks over HTTP; ends with the call. */
  async startWorkflow(id: string, { wait }: { readonly wait?: number } = {}): Promise<void> {
    const calledAt = this.clock.now();
    this.#count("api");
    const call = this.#fetch(`http://api/workflows/${Chain.name}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(wait !== undefined && { prefer: `wait=${wait}` }) },
      body: JSON.stringify({ id, args: [id, TASKS] }),
    });
    const answered = call.then(({ status }) => {
      const expected = wait === undefined ? 202 : 200;
      if (status !== expected) throw new RangeError(`expected HTTP ${expected}, got ${status}`);
      this.waitedMs += this.clock.now() - calledAt;
    });
    this.#keep(answered);
    return answered;
  }

  /** Lets time pass, with the bridge's schedule and a workflow each `everyMs`, the first after half of it. */
  async run(ms: number, everyMs = Infinity): Promise<void> {
    // The first sweep of all looks a day back, and is no part of what follows.
    await this.#stores.dueStore.moveCursor(
      undefined,
      Math.floor(this.clock.now() / MINUTE) - SETTLED_MINUTES,
    );
    let startsAt = everyMs === Infinity ? Infinity : everyMs / 2;
    for (let at = 0, nth = 0; at < ms; ) {
      if (at % MINUTE === 0) this.startBridge({ kind: "schedule", slot: 0 });
      if (at === startsAt) {
        void this.startWorkflow(`workflow-${nth}`);
        nth += 1;
        startsAt += everyMs;
      }
      const next = Math.min((Math.floor(at / MINUTE) + 1) * MINUTE, startsAt, ms);
      await this.clock.advance(next - at);
      at = next;
    }
  }

  /** Lets everything end that runs. */
  async end(): Promise<void> {
    while (this.#running.size > 0) await this.clock.advance(1_000);
    await this.#broker.close();
  }

  /** Of all instances, with their rows of the list. */
  get storedBytes(): number {
    let bytes = 0;
    for (const { item, ...key } of this.#stores.stateStore.instances()) {
      const state = encodeState(key, item);
      bytes += itemBytes(state) + ITEM_OVERHEAD;
      const { pk, sk, x } = state;
      const row = { ...encodeListed(key, item), ...(pk && sk && { pk, sk }), ...(x && { x }) };
      if (item.listed) bytes += itemBytes(row) + ITEM_OVERHEAD;
    }
    return bytes;
  }

  #openBridge(dues: readonly number[]): Bridge {
    const { clock } = this;
    return new Bridge({
      broker: this.#broker,
      invoker: this.#invoker,
      clock,
      options: DEPLOYMENT.bridge,
      dues,
      random: () => 0.5,
      onHealthIssue: ({ subject, message }) => this.#log(`${subject}: ${message}`),
    });
  }

  /** A function that takes a while, and whose invocations are counted. */
  #counted(key: FunctionKey, handler: (event: never, context: never) => unknown, ms = FUNCTION_MS): Handler {
    return async (event, context) => {
      this.#count(key);
      await this.clock.sleep(ms);
      return handler(event, context as never);
    };
  }

  #count(key: FunctionKey): void {
    this.invocations.set(key, (this.invocations.get(key) ?? 0) + 1);
  }

  #keep(promise: Promise<unknown>): void {
    this.#running.add(promise);
    void promise.finally(() => this.#running.delete(promise));
  }
}
