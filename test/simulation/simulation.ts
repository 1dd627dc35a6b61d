/**
 * Simulation: the real engine, bridge, sweeper and service code in a world made up from one seed.
 *
 * Simulated: the broker (`broker.ts`, `topic.ts`), the stores (`stores.ts`), the platform that runs functions
 * (`functions.ts`), processes with their clocks (`process.ts`), time (`world.ts`), and what clients do (`client.ts`).
 * Topics of the user's own, their handlers and triggers, and what must come of them: `own-*.ts`.
 * What goes wrong in it: `faults.ts`. What clients ask for: `program.ts`; the same in the library's words: `journey.ts`.
 *
 * Checked while it runs (`ledger.ts`): nothing is published that no commit has derived, or with another content (I3);
 * nothing is acknowledged before all that it caused is stored (I5); history only grows; nothing is parked.
 * Checked at its end (`verdict.ts`): each result is the model's (`model.ts`); each effect is in history once; each
 * child lived once and has ended; each large value is there; nothing due is left in a topic or in the due store; each outbox entry that is left
 * has a cause that is acknowledged.
 */
import { MemoryLeaseStore } from "../../lib/adapters/memory/lease-store.ts";
import { taskExecutorTopic, workflowEngineTopic, workflowTagsTopic } from "../../lib/core/protocol/topics.ts";
import type { Broker, OutgoingMessage } from "../../lib/ports/broker.ts";
import { forgetUncaught, uncaughtOf } from "../../lib/runtime/uncaught.ts";
import { keepBridge, LeasedBridges, type Surroundings } from "./bridges.ts";
import { SimulatedBroker } from "./broker.ts";
import { Chance } from "./chance.ts";
import { Client } from "./client.ts";
import { Faults } from "./faults.ts";
import { Functions, type Replay } from "./functions.ts";
import { Collector, Desk, Journey } from "./journey.ts";
import { Ledger } from "./ledger.ts";
import { type OwnTopics, ownTopicsOf } from "./own-topics.ts";
import { OwnWorld } from "./own-world.ts";
import { Process } from "./process.ts";
import { type Programs, programsOf } from "./program.ts";
import type { Sabotage } from "./sabotage.ts";
import { simulatedStores } from "./stores.ts";
import { Tally } from "./tally.ts";
import { isSettled, violationsOf } from "./verdict.ts";
import { type WebFlows, webClientOf, webFlowsOf } from "./web-world.ts";
import { World } from "./world.ts";

/** What one run of a seed did. */
export interface Result {
  readonly seed: number;
  readonly programs: Programs;
  readonly ownTopics: OwnTopics;
  /** What must not be; none when all is well. */
  readonly violations: readonly string[];
  /** Of its log: the same for each run of the same seed. */
  readonly digest: string;
  readonly lines: readonly string[];
  /** Names of the faults that were injected. */
  readonly faults: readonly string[];
  readonly happened: number;
}

export interface Setup {
  readonly seed: number;
  readonly sabotage?: Sabotage;
  /** Instead of those that the seed makes up. */
  readonly programs?: Programs;
  readonly webFlows?: WebFlows;
  readonly ownTopics?: OwnTopics | undefined;
  /** Names of faults that are left out. */
  readonly suppressed?: ReadonlySet<string>;
  /** Each second seed replays always, unless told. */
  readonly replay?: Replay | undefined;
}

const MOST_HAPPENINGS = 30_000;
/** As late as what was sent may turn up. */
const AFTERMATH_MS = 150_000;
const WEATHER_EVERY_MS = 10_000;
const TIMEOUT_MS = 25_000;
const IN_FUNCTIONS_SHARE = 0.25;

/** Runs one seed, from the first start to the last late message, and judges what came of it. */
export async function simulate(setup: Setup): Promise<Result> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // failures travel with their stacks, and those tell where this checkout lies
  const undo = setup.sabotage?.begin?.();
  try {
    return await run(setup);
  } finally {
    undo?.();
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function run(setup: Setup): Promise<Result> {
  const { seed, sabotage = {}, programs, suppressed = new Set() } = setup;
  const { replay = seed % 2 === 0 ? "always" : "as-needed" } = setup;
  const chance = new Chance(seed);
  const world = new World(
    chance,
    (self) => new Faults(chance, suppressed, (name) => self.log(`fault: ${name}`)),
  );
  const ledger = new Ledger();
  const stores = simulatedStores(world, ledger);
  const own = new OwnWorld(setup.ownTopics ?? ownTopicsOf(chance), world, ledger);
  const broker = new SimulatedBroker(world, own.ledger);
  const inside = { truth: stores, publish: (message: OutgoingMessage) => broker.store("sabotage", message) };
  const functions = new Functions({ world, stores, ledger, sabotage, inside, replay, own: own.handlers });
  const asked = programs ?? programsOf(chance);
  broker.makeTopics(ROUTES);
  const person = new Process(world, "client");
  const leases = new MemoryLeaseStore();
  const surroundings = { world, broker, functions, sabotage, own, routes: ROUTES, leases };
  const connect = bridgesFor(surroundings);
  const client = new Client({
    process: person,
    broker: connect(person),
    stores,
    ledger,
    programs: asked,
  });
  changeWeather(world, broker);
  const flows = setup.webFlows ?? webFlowsOf(chance);
  const web = webClientOf(flows, { world, ledger, stores, functions, sabotage, broker: connect });
  await client.begin();
  web.begin();
  own.begin(broker);

  const isWrong = (): boolean => ledger.breaches.length > 0 || web.violations.length > 0;
  const isOver = (): boolean =>
    isWrong() ||
    (client.pending === 0 && isSettled(asked, ledger) && own.isSettled && web.isSettled && broker.isQuiet);
  const isStuck = (await runToItsEnd(world, isWrong, isOver)) === "stuck";
  const atTheEnd = { programs: asked, ledger, broker, stores, isStuck, now: world.now };
  // A client that saw something wrong has stopped there: nobody says what its workflows wait for.
  const judged = web.violations.length > 0 ? ledger.breaches : await violationsOf(atTheEnd);
  const seen = isStuck || ledger.breaches.length > 0 ? [] : own.violations;
  const violations = [...web.violations, ...judged, ...seen];
  // The sandboxes of this run are gone, and with them what their code threw after its last commit.
  for (const { instance } of ledger.lives.values()) {
    const { key } = instance.state;
    forgetUncaught(key, uncaughtOf(key));
  }
  for (const violation of violations) world.log(`violation: ${violation}`);
  const { digest, lines, happened } = world;
  const faults = world.faults.injected;
  return { seed, programs: asked, ownTopics: own.topics, violations, digest, lines, faults, happened };
}

/** Runs until all is over, and on until what may come late has come. */
async function runToItsEnd(
  world: World,
  isWrong: () => boolean,
  isOver: () => boolean,
): Promise<"done" | "stuck"> {
  if ((await world.run(isOver, MOST_HAPPENINGS)) === "stuck") return "stuck";
  const until = world.now + AFTERMATH_MS;
  return world.run(() => isWrong() || (world.now > until && isOver()), MOST_HAPPENINGS);
}

/** Has bridges run, in containers or in functions; gives what connects those who publish from outside. */
function bridgesFor(surroundings: Surroundings): (process: Process) => Broker {
  const { world, broker } = surroundings;
  const { chance } = world;
  if (chance.draw("bridges in functions") < IN_FUNCTIONS_SHARE) {
    const bridges = new LeasedBridges(surroundings, chance.pick("slots", [1, 1, 2]));
    return (process) => bridges.waking(process, broker.connect(process));
  }
  const bridges = chance.pick("bridges", [1, 1, 2, 3]);
  for (let slot = 0; slot < bridges; slot += 1) keepBridge(slot, 0, surroundings);
  return (process) => broker.connect(process);
}

const ROUTES = [
  ...[Journey.name, Collector.name, Tally.name].flatMap((workflow) =>
    [workflowEngineTopic(workflow), workflowTagsTopic(workflow)].map((topic) => {
      return {
        topic,
        type: "key_shared" as const,
        functionName: `workflow-${workflow}`,
        timeoutMs: TIMEOUT_MS,
      };
    }),
  ),
  {
    topic: taskExecutorTopic(Desk.name),
    type: "shared" as const,
    functionName: `service-${Desk.name}`,
    timeoutMs: TIMEOUT_MS,
    batchSize: 2,
  },
];

function changeWeather(world: World, broker: SimulatedBroker): void {
  world.after(WEATHER_EVERY_MS / 2, () => {
    if (world.faults.strikes("broker restarts", "the broker")) broker.restart();
    changeWeather(world, broker);
  });
}
