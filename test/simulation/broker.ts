import { DELAYED_TOPIC } from "../../lib/core/protocol/topics.ts";
import type {
  Broker,
  Consumer,
  ConsumerOptions,
  IncomingMessage,
  OutgoingMessage,
} from "../../lib/ports/broker.ts";
import { type Process, unavailable } from "./process.ts";
import { type Connection, type Entry, Topic } from "./topic.ts";
import type { World } from "./world.ts";

/** Longest time after which a copy of a message turns up. */
const LATEST_COPY_MS = 60_000;

/** Who sees all that truly happens at the broker. */
interface Witness {
  published(message: OutgoingMessage, isSubscribed: boolean): void;
  /** @param hasCopy the same message is in the broker once more, where it is not done yet */
  acknowledging(message: IncomingMessage, hasCopy: boolean): void;
  acknowledged(message: IncomingMessage): void;
}

/** What a broker does on a bad day: it duplicates, forgets receipts and acknowledgements, restarts, and loses nothing. */
export class SimulatedBroker {
  readonly topics = new Map<string, Topic>();
  readonly #world: World;
  readonly #ledger: Witness;
  readonly #reconnects = new Set<() => void>();

  constructor(world: World, ledger: Witness) {
    this.#world = world;
    this.#ledger = ledger;
  }

  /** The port of one process. */
  connect(process: Process): Broker {
    return {
      publish: (message) => this.#publish(process, message),
      subscribe: async (options) => {
        await process.call(`subscribe ${options.topic}`, () => this.#topic(options));
        return this.#consume(process, options);
      },
      ensureSubscription: (options) =>
        process.call(`ensure ${options.topic}`, () => void this.#topic(options)),
      close: async () => undefined,
    };
  }

  /** What the deploy step does: subscriptions first. */
  makeTopics(routes: readonly Pick<ConsumerOptions, "topic" | "type">[]): void {
    for (const route of routes) this.#topic(route);
  }

  /** All connections are lost, and with them acknowledgements that are on their way. */
  restart(): void {
    this.#world.log("broker restarts");
    for (const reconnect of this.#reconnects) reconnect();
  }

  /** Whether nothing is left that should be done now. */
  get isQuiet(): boolean {
    for (const topic of this.topics.values())
      if (!topic.name.startsWith("dlq:") && topic.due.length > 0) return false;
    return true;
  }

  #hasCopy(entry: Entry): boolean {
    return [...this.topics.values()].some((topic) => topic.hasCopy(entry));
  }

  #topic({ topic: name, type }: Pick<ConsumerOptions, "topic" | "type">): Topic {
    const topic = this.topics.get(name) ?? new Topic(this.#world, name, type);
    this.topics.set(name, topic);
    return topic;
  }

  async #publish(process: Process, message: OutgoingMessage): Promise<string> {
    const { faults } = this.#world;
    const what = `publish ${message.topic} ${message.key ?? message.properties?.["key"] ?? ""}`;
    return process.call(what, () => {
      if (faults.strikes("publish lost", what)) throw unavailable("BROKER_UNAVAILABLE");
      this.store(process.name, message);
      if (faults.strikes("message duplicated", what)) this.#storeLater(process.name, message, what);
      if (message.topic === DELAYED_TOPIC && faults.strikes("wake-up at any time", what))
        this.#strayWake(process.name, message, what);
      if (faults.strikes("receipt lost", what)) throw unavailable("BROKER_UNAVAILABLE");
      return "receipt";
    });
  }

  /** Stores a message, whoever it is from. */
  store(by: string, message: OutgoingMessage): void {
    this.#world.log(`${by} publishes ${message.topic} ${message.payload}`);
    const topic = this.topics.get(message.topic);
    this.#ledger.published(message, topic !== undefined);
    topic?.append(message);
  }

  #storeLater(by: string, message: OutgoingMessage, what: string): void {
    const ms = this.#world.chance.int(`copy of ${what}`, 0, LATEST_COPY_MS);
    this.#world.after(ms, () => this.store(`${by} (again)`, message));
  }

  /** A wake-up that goes past the delay: early or late, and beside the one that was asked for. */
  #strayWake(by: string, { payload, properties = {} }: OutgoingMessage, what: string): void {
    const { topic = "", key } = properties;
    this.#storeLater(by, { topic, payload, ...(key !== undefined && { key }) }, what);
  }

  #consume(process: Process, options: ConsumerOptions): Consumer {
    const topic = this.#topic(options);
    const world = this.#world;
    const held = new WeakMap<IncomingMessage, { connection: Connection; entry: Entry }>();
    let connection = topic.connect();
    let isClosed = false;
    let wake = (_message: IncomingMessage | undefined): void => undefined;

    const ask = (): void => {
      const asked = connection;
      topic.want(asked, (entry) => {
        world.after(world.latencyMs(`delivery of ${topic.name}`), () => {
          if (asked !== connection || isClosed || process.isDead) return;
          const message = topic.incoming(entry);
          held.set(message, { connection, entry });
          world.log(`${process.name} receives ${message.id}`);
          wake(message);
        });
      });
    };
    const reconnect = (): void => {
      if (isClosed) return;
      const isWaiting = connection.wanting !== undefined || wake !== noone;
      topic.disconnect(connection);
      connection = topic.connect();
      if (isWaiting) ask();
    };
    const close = (): void => {
      isClosed = true;
      this.#reconnects.delete(reconnect);
      topic.disconnect(connection);
      wake(undefined);
    };
    const noone = wake;
    this.#reconnects.add(reconnect);
    process.onDeath(() => world.after(world.chance.int(`session of ${process.name}`, 1, 5_000), close));

    return {
      receive: () =>
        new Promise((resolve) => {
          if (isClosed) {
            if (!process.isDead) resolve(undefined);
            return;
          }
          wake = (message) => {
            wake = noone;
            if (!process.isDead) resolve(message);
          };
          ask();
        }),
      isCurrent: (message) => !isClosed && held.get(message)?.connection === connection,
      acknowledge: (message) => {
        const origin = held.get(message);
        if (process.isDead || isClosed || origin?.connection !== connection) return;
        this.#ledger.acknowledging(message, this.#hasCopy(origin.entry));
        if (world.faults.strikes("acknowledgement lost", topic.name)) return this.#forget(reconnect);
        world.after(world.latencyMs(`acknowledgement of ${topic.name}`), () => {
          if (isClosed || origin.connection !== connection) return;
          world.log(`${process.name} acknowledges ${message.id}`);
          this.#ledger.acknowledged(message);
          topic.acknowledge(origin.entry);
        });
      },
      close: async () => {
        await process.call(`close ${topic.name}`, () => undefined);
        // What is on its way arrives before the connection is closed.
        await world.sleep(LONGEST_LATENCY_MS);
        close();
      },
    };
  }

  /** An acknowledgement is lost with its connection, sooner or later. */
  #forget(reconnect: () => void): void {
    const ms = this.#world.chance.int("connection lost", 0, 2_000);
    this.#world.after(ms, reconnect);
  }
}

const LONGEST_LATENCY_MS = 350;
