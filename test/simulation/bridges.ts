import { Bridge } from "../../lib/bridge/bridge.ts";
import { LeasedBridge } from "../../lib/bridge/lease/leased-bridge.ts";
import { wakingBroker } from "../../lib/bridge/lease/waking-broker.ts";
import type { BridgeOptions } from "../../lib/bridge/options.ts";
import type { BridgeEvent, BridgeStarter } from "../../lib/ports/bridge-starter.ts";
import type { Broker } from "../../lib/ports/broker.ts";
import type { LeaseStore } from "../../lib/ports/lease-store.ts";
import type { SimulatedBroker } from "./broker.ts";
import type { Functions } from "./functions.ts";
import type { OwnWorld } from "./own-world.ts";
import { Process, unavailable } from "./process.ts";
import type { Sabotage } from "./sabotage.ts";
import { remote } from "./stores.ts";
import type { World } from "./world.ts";

/** What bridges run in. */
export interface Surroundings {
  readonly world: World;
  readonly broker: SimulatedBroker;
  readonly functions: Functions;
  readonly sabotage: Sabotage;
  readonly routes: readonly BridgeOptions["routes"][number][];
  readonly leases: LeaseStore;
  /** The topics of the user's own. */
  readonly own: OwnWorld;
}

const LOOK_EVERY_MS = 10_000;
const MINUTE_MS = 60_000;
/** As long as the function of a bridge runs: several run one after the other while a journey lasts. */
const LIFETIME_MS = 150_000;

/** Makes the bridge of one process. */
function bridgeIn(
  process: Process,
  { broker, functions, sabotage, routes, own }: Surroundings,
  dues?: readonly number[],
): Bridge {
  const connection = broker.connect(process);
  const watch = own.watch(process);
  return new Bridge({
    broker: watch.broker(sabotage.broker?.(connection) ?? connection),
    invoker: watch.invoker(functions.connect(process)),
    clock: process.clock,
    random: () => process.world.chance.draw(`backoff of ${process.name}`),
    options: {
      routes: [...routes, ...own.options.routes],
      ...(own.options.triggers && { triggers: own.options.triggers }),
      timers: { functionName: "timers" },
      retry: { maxDelayMs: 5_000 },
    },
    ...(dues && { dues }),
  });
}

/** Has a bridge run in a slot: when it dies another one comes, and now and then it is replaced. */
export function keepBridge(slot: number, nth: number, surroundings: Surroundings): void {
  const { world } = surroundings;
  const process = new Process(world, `bridge-${slot}/${nth}`, "crash of a bridge");
  const bridge = bridgeIn(process, surroundings);
  let isLeaving = false;
  const goOn = (ms: number): void => {
    if (isLeaving) return;
    isLeaving = true;
    world.after(ms, () => keepBridge(slot, nth + 1, surroundings));
  };
  process.onDeath(() => goOn(world.chance.int(`restart of ${process.name}`, 100, 5_000)));
  const look = (): void => {
    if (process.isDead || isLeaving) return;
    if (world.faults.strikes("bridge is replaced", `bridge-${slot}`)) {
      goOn(0);
      void bridge.close().then(() => process.die());
    } else world.after(LOOK_EVERY_MS, look);
  };
  world.after(LOOK_EVERY_MS, look);
  void bridge.start();
}

/**
 * Bridges that run only while there is work, each in a function of its own: started by whoever publishes, by their
 * predecessor, and by a schedule once a minute.
 */
export class LeasedBridges {
  readonly #surroundings: Surroundings;
  readonly #slots: number;
  readonly #running = new Set<Process>();
  #started = 0;

  constructor(surroundings: Surroundings, slots: number) {
    this.#surroundings = surroundings;
    this.#slots = slots;
    for (let slot = 0; slot < slots; slot += 1) this.#schedule(slot);
  }

  /** How many run now. */
  get running(): number {
    return this.#running.size;
  }

  /** The broker for whoever publishes from outside: starts the bridge of each slot that does not run. */
  waking(process: Process, broker: Broker): Broker {
    const { publish } = wakingBroker({
      broker,
      leases: remote(this.#surroundings.leases, "lease", process),
      starter: this.#starterIn(process),
      clock: process.clock,
      slots: this.#slots,
      log: (line) => process.world.log(`${process.name} logs ${line}`),
    });
    return { ...broker, publish };
  }

  #schedule(slot: number): void {
    const { world } = this.#surroundings;
    world.after(MINUTE_MS, () => {
      this.#run({ kind: "schedule", slot });
      this.#schedule(slot);
    });
  }

  #starterIn(process: Process): BridgeStarter {
    const { world } = process;
    return {
      start: (event) =>
        process.call(`start bridge ${event.slot}`, () => {
          if (world.faults.strikes("bridge is not started", `bridge-${event.slot}`))
            throw unavailable("FUNCTION_UNAVAILABLE");
          this.#run(event);
        }),
    };
  }

  #run(event: BridgeEvent): void {
    const { world, leases, routes, own } = this.#surroundings;
    this.#started += 1;
    const process = new Process(world, `bridge-lambda/${this.#started}`, "crash of a bridge");
    world.log(`${process.name} is started: ${event.kind} ${event.slot}`);
    this.#running.add(process);
    process.onDeath(() => this.#running.delete(process));
    const timeout = world.after(LIFETIME_MS, () => process.die());
    const leased = new LeasedBridge({
      leases: remote(leases, "lease", process),
      starter: this.#starterIn(process),
      clock: process.clock,
      owner: process.name,
      routes: [...routes, ...own.options.routes],
      open: (dues) => ({ bridge: bridgeIn(process, this.#surroundings, dues), close: async () => undefined }),
      log: (line) => world.log(`${process.name} logs ${line}`),
    });
    const end = (how: string): void => {
      timeout.isOff = true;
      world.log(`${process.name} ends: ${how}`);
      process.die();
    };
    leased.run(event, LIFETIME_MS).then(end, (error) => end(String(error)));
  }
}
