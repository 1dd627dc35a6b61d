import type { Handler } from "../../lib/adapters/memory/function-invoker.ts";
import type { BridgeOptions } from "../../lib/bridge/options.ts";
import type { SimulatedBroker } from "./broker.ts";
import type { Ledger } from "./ledger.ts";
import { ownHandlers } from "./own-handlers.ts";
import { OwnLedger } from "./own-ledger.ts";
import { OwnProducer } from "./own-producer.ts";
import { type OwnTopics, ownOptions } from "./own-topics.ts";
import { OwnWatch } from "./own-watch.ts";
import { Process } from "./process.ts";
import type { World } from "./world.ts";

/** All that a run has of topics of the user's own: what is published there, who takes it, and who watches that. */
export class OwnWorld {
  readonly topics: OwnTopics;
  /** Sees what happens at the broker; what is not of these topics it passes on. */
  readonly ledger: OwnLedger;
  readonly handlers: ReadonlyMap<string, (process: Process) => Handler>;
  /** What each bridge is told. */
  readonly options: Pick<BridgeOptions, "routes" | "triggers">;
  readonly #world: World;
  readonly #others: Ledger;
  #producer: OwnProducer | undefined = undefined;

  constructor(topics: OwnTopics, world: World, others: Ledger) {
    this.topics = topics;
    this.ledger = new OwnLedger(topics, others);
    this.handlers = ownHandlers(topics, this.ledger);
    this.options = ownOptions(topics);
    this.#world = world;
    this.#others = others;
  }

  /** Makes the topics, and begins to publish there. */
  begin(broker: SimulatedBroker): void {
    const { topics, ledger: own } = this;
    const process = new Process(this.#world, "producer");
    broker.makeTopics(topics.map(({ name: topic, type }) => ({ topic, type })));
    const options = { topics, process, broker: broker.connect(process), own, ledger: this.#others };
    this.#producer = new OwnProducer(options);
    this.#producer.begin();
  }

  watch(bridge: Process): OwnWatch {
    return new OwnWatch(this.ledger, bridge);
  }

  /** Whether each message has come to its end. */
  get isSettled(): boolean {
    return this.#producer?.isSettled === true;
  }

  /** Whatever must not be, at the end of a run. */
  get violations(): readonly string[] {
    return this.#producer?.violations ?? [];
  }
}
