import type { Client } from "pulsar-client";
import type { Consumer, ConsumerOptions, IncomingMessage } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import { Inbox } from "../inbox.ts";
import type { Reconnect } from "../reconnect.ts";
import { clientError } from "./client-error.ts";
import { Partition } from "./partition.ts";

/** The client is back 100 ms after it lost its connection at the earliest. */
const WATCH_MS = 50;
/** How often it is asked whether a topic has more partitions. */
const PARTITIONS_MS = 60_000;

/** Consumes one subscription: each partition apart, for each may lose its connection, and all as one. */
export class NativeConsumer implements Consumer {
  readonly #topic: string;
  readonly #options: ConsumerOptions;
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #reconnect: Reconnect;
  readonly #closing = new AbortController();
  readonly #partitions = new Map<string, Partition>();
  readonly #inbox = new Inbox(() => this.#taken());
  #waiting = 0;
  #room = Promise.withResolvers<void>();

  /**
   * @param setup `topic`: its full name; `reconnecting`: gives what opens connections until the signal aborts
   */
  constructor(setup: {
    readonly topic: string;
    readonly options: ConsumerOptions;
    readonly client: Client;
    readonly clock: Clock;
    readonly reconnecting: (closing: AbortSignal) => Reconnect;
  }) {
    this.#topic = setup.topic;
    this.#options = setup.options;
    this.#client = setup.client;
    this.#clock = setup.clock;
    this.#reconnect = setup.reconnecting(this.#closing.signal);
  }

  /** Subscribes every partition; from then on the consumer stays subscribed by itself. */
  async open(): Promise<void> {
    const list = (): Promise<string[]> => this.#listPartitions();
    await this.#openPartitions(await this.#reconnect(`consumer:${this.#options.topic}`, list, "first"));
    void this.#watch();
  }

  async receive(): Promise<IncomingMessage | undefined> {
    for (;;) {
      const message = await this.#inbox.receive();
      // What a lost connection had brought comes again, after what comes before it.
      if (message === undefined || this.isCurrent(message)) return message;
    }
  }

  acknowledge(message: IncomingMessage): void {
    for (const partition of this.#partitions.values()) partition.acknowledge(message);
  }

  isCurrent(message: IncomingMessage): boolean {
    for (const partition of this.#partitions.values()) if (partition.holds(message)) return true;
    return false;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#inbox.close();
    this.#room.resolve();
    await Promise.all([...this.#partitions.values()].map((partition) => partition.close()));
  }

  async #listPartitions(): Promise<string[]> {
    try {
      return await this.#client.getPartitionsForTopic(this.#topic);
    } catch (error) {
      throw clientError(`the partitions of topic ${this.#options.topic}`, error);
    }
  }

  async #openPartitions(names: readonly string[]): Promise<void> {
    const missing = names.filter((name) => !this.#partitions.has(name));
    // Half of the prefetch is on this side, the other half ready in the client.
    const receiverQueueSize = Math.max(1, Math.floor(this.#options.prefetch / 2 / names.length));
    const opened = missing.map(async (name) => {
      const partition = new Partition({
        name,
        options: this.#options,
        receiverQueueSize,
        client: this.#client,
        reconnect: this.#reconnect,
        closing: this.#closing.signal,
        onMessage: (message) => this.#bring(message),
        room: () => this.#hasRoom(),
      });
      await partition.open("first");
      this.#partitions.set(name, partition);
    });
    await Promise.all(opened);
  }

  #bring(message: IncomingMessage): void {
    this.#waiting++;
    this.#inbox.push(message);
  }

  #taken(): void {
    this.#waiting--;
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }

  async #hasRoom(): Promise<void> {
    while (this.#waiting >= Math.ceil(this.#options.prefetch / 2) && !this.#closing.signal.aborted) {
      await this.#room.promise;
    }
  }

  /** Sees connections that are lost, and partitions that were added, until closed. */
  async #watch(): Promise<void> {
    const closing = this.#closing.signal;
    let listedAt = this.#clock.now();
    while (!closing.aborted) {
      await this.#clock.sleep(WATCH_MS, closing).catch(() => undefined);
      const now = this.#clock.now();
      for (const partition of this.#partitions.values()) partition.watch(now);
      if (now - listedAt < PARTITIONS_MS) continue;
      listedAt = now;
      // A client that is away is asked again later.
      this.#listPartitions().then(
        (names) => this.#openPartitions(names),
        () => undefined,
      );
    }
  }
}
