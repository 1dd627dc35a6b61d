import type { Client, Consumer as ClientConsumer, ConsumerConfig, Message, MessageId } from "pulsar-client";
import type { IncomingMessage, SubscriptionOptions } from "../../ports/broker.ts";
import type { Reconnect } from "../reconnect.ts";
import { clientError } from "./client-error.ts";
import { idOf } from "./producer.ts";

/** The client gives up for good when it is refused while it reconnects; then it is replaced. */
const REPLACE_AFTER_MS = 60_000;

const TYPES = { key_shared: "KeyShared", shared: "Shared", failover: "Failover" } as const;

/** A consumer of a durable subscription, which is created at the earliest position. */
export function consumerConfig(
  topic: string,
  { subscription, type }: SubscriptionOptions,
  receiverQueueSize: number,
): ConsumerConfig & { readonly receiverQueueSize: number } {
  return {
    topic,
    subscription,
    subscriptionType: TYPES[type],
    subscriptionInitialPosition: "Earliest",
    receiverQueueSize,
    // Whatever the client redelivers by itself would overtake: there is no nack, no timeout, no dead-letter policy.
    ackTimeoutMs: 0,
  };
}

export interface PartitionSetup {
  /** Its own full name, or that of a topic without partitions. */
  readonly name: string;
  readonly options: SubscriptionOptions;
  readonly receiverQueueSize: number;
  readonly client: Client;
  readonly reconnect: Reconnect;
  readonly closing: AbortSignal;
  readonly onMessage: (message: IncomingMessage) => void;
  /** Resolves when another message may be brought. */
  readonly room: () => Promise<void>;
}

/**
 * Reads one partition of a topic, and knows what the connection of the moment has brought.
 *
 * The client reconnects by itself and tells nobody. That it did is seen in two ways: it says that it is not connected,
 * or it brings what is held already.
 */
export class Partition {
  readonly #setup: PartitionSetup;
  /** Brought by the present connection and not acknowledged, by id. */
  readonly #held = new Map<string, { readonly message: IncomingMessage; readonly messageId: MessageId }>();
  /** Being told to the client. */
  readonly #acknowledging = new Set<Promise<unknown>>();
  #consumer: ClientConsumer | undefined;
  #lostAt: number | undefined;

  constructor(setup: PartitionSetup) {
    this.#setup = setup;
  }

  async open(connects: "first" | "again"): Promise<void> {
    const { reconnect, options } = this.#setup;
    const consumer = await reconnect(`consumer:${options.topic}`, () => this.#subscribe(), connects);
    this.#consumer = consumer;
    this.#lostAt = undefined;
    void this.#read(consumer);
  }

  holds(message: IncomingMessage): boolean {
    this.#look();
    return this.#held.get(message.id)?.message === message;
  }

  acknowledge(message: IncomingMessage): void {
    const held = this.#held.get(message.id);
    if (!this.#consumer || !held || !this.holds(message)) return;
    this.#held.delete(message.id);
    const told = this.#consumer.acknowledgeId(held.messageId).catch(() => undefined);
    this.#acknowledging.add(told);
    void told.finally(() => this.#acknowledging.delete(told));
  }

  /** Looks whether the connection is gone, and replaces the client's consumer when that lasts. */
  watch(now: number): void {
    this.#look();
    if (this.#consumer === undefined || this.#consumer.isConnected()) {
      this.#lostAt = undefined;
      return;
    }
    this.#lostAt ??= now;
    if (now - this.#lostAt >= REPLACE_AFTER_MS) this.#replace(this.#consumer);
  }

  /** Acknowledgements first: the client sends what it was told before it leaves. */
  async close(): Promise<void> {
    await Promise.all(this.#acknowledging);
    this.#held.clear();
    await this.#consumer?.close().catch(() => undefined);
  }

  async #subscribe(): Promise<ClientConsumer> {
    const { client, name, options, receiverQueueSize, closing } = this.#setup;
    try {
      const consumer = await client.subscribe(consumerConfig(name, options, receiverQueueSize));
      // Nobody waits for it any more.
      if (closing.aborted) await consumer.close();
      return consumer;
    } catch (error) {
      throw clientError(`a consumer of topic ${options.topic}`, error);
    }
  }

  async #read(consumer: ClientConsumer): Promise<void> {
    const { options, onMessage, room, closing } = this.#setup;
    try {
      while (!closing.aborted) {
        await room();
        const received = await consumer.receive();
        // Its connection is gone already: it comes again.
        if (!consumer.isConnected()) continue;
        const message = incoming(options.topic, received);
        this.#held.set(message.id, { message, messageId: received.getMessageId() });
        onMessage(message);
      }
    } catch {
      this.#replace(consumer);
    }
  }

  #look(): void {
    if (this.#consumer?.isConnected() !== true) this.#held.clear();
  }

  #replace(consumer: ClientConsumer): void {
    if (this.#setup.closing.aborted || this.#consumer !== consumer) return;
    this.#consumer = undefined;
    this.#held.clear();
    const replaced = async (): Promise<void> => {
      await consumer.close().catch(() => undefined);
      await this.open("again");
    };
    // Ends only when this consumer is closed.
    replaced().catch(() => undefined);
  }
}

function incoming(topic: string, received: Message): IncomingMessage {
  const key = received.getPartitionKey();
  return {
    id: idOf(received.getMessageId()),
    topic,
    // The client knows no difference between an empty key and none.
    ...(key !== "" && { key }),
    payload: received.getData().toString(),
    // The client gives an array with named properties.
    properties: { ...received.getProperties() },
    publishedAt: received.getPublishTimestamp(),
  };
}
