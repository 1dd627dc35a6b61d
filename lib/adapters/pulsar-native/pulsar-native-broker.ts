import type { Client } from "pulsar-client";
import type { Broker, ConsumerOptions, OutgoingMessage, SubscriptionOptions } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import type { HealthIssue } from "../../ports/health-issue.ts";
import { assertMessageFits } from "../message-limit.ts";
import { closed, type Reconnect, reconnect } from "../reconnect.ts";
import { systemClock } from "../system-clock.ts";
import { loadPulsarClient, type NativeAddress, openClient, type PulsarClient } from "./client.ts";
import { clientError } from "./client-error.ts";
import { NativeConsumer } from "./consumer.ts";
import { consumerConfig } from "./partition.ts";
import { NativeProducer } from "./producer.ts";

/**
 * A Pulsar cluster, through npm `pulsar-client`: Pulsar's binary protocol, one connection to each of its brokers.
 *
 * Unlike the WebSocket API it ends a key or a property at the character U+0000.
 *
 * @example
 * const broker = new PulsarNativeBroker({
 *   serviceUrl: "pulsar+ssl://pulsar.example.com:6651",
 *   authentication: { kind: "token", token },
 * });
 * await broker.publish({ topic: "workflow-engine:Booking", key: "order-42", payload });
 */
export class PulsarNativeBroker implements Broker {
  readonly #address: NativeAddress;
  readonly #clock: Clock;
  readonly #onHealthIssue: (message: string) => void;
  readonly #healthIssues = new Map<symbol, HealthIssue>();
  readonly #load: () => Promise<PulsarClient>;
  readonly #closing = new AbortController();
  readonly #reconnect: Reconnect;
  readonly #producers = new Map<string, NativeProducer>();
  readonly #consumers = new Set<NativeConsumer>();
  #client: Promise<Client> | undefined;

  constructor(
    options: NativeAddress & {
      readonly clock?: Clock;
      /** Told of each connection that failed, while it is tried again, and of what the client logs as an error. */
      readonly onHealthIssue?: (message: string) => void;
      /** Gives npm `pulsar-client`, or what is like it. */
      readonly load?: () => Promise<PulsarClient>;
    },
  ) {
    const {
      clock = systemClock,
      onHealthIssue = () => undefined,
      load = loadPulsarClient,
      ...address
    } = options;
    this.#address = address;
    this.#clock = clock;
    this.#onHealthIssue = onHealthIssue;
    this.#load = load;
    this.#reconnect = this.#reconnecting(this.#closing.signal);
  }

  get healthIssues(): readonly HealthIssue[] {
    return [...this.#healthIssues.values()];
  }

  async publish(message: OutgoingMessage): Promise<string> {
    assertMessageFits(message);
    const client = await this.#open();
    return this.#producer(client, message.topic).publish(message);
  }

  async subscribe(options: ConsumerOptions): Promise<NativeConsumer> {
    const client = await this.#open();
    const consumer = new NativeConsumer({
      topic: this.#nameOf(options.topic),
      options,
      client,
      clock: this.#clock,
      reconnecting: (closing) => this.#reconnecting(closing),
    });
    this.#consumers.add(consumer);
    try {
      await consumer.open();
      return consumer;
    } catch (error) {
      this.#consumers.delete(consumer);
      await consumer.close();
      throw error;
    }
  }

  async ensureSubscription(options: SubscriptionOptions): Promise<void> {
    const client = await this.#open();
    const config = consumerConfig(this.#nameOf(options.topic), options, 1);
    const open = async (): Promise<void> => {
      try {
        const consumer = await client.subscribe(config);
        await consumer.close();
      } catch (error) {
        throw clientError(`a subscription of topic ${options.topic}`, error);
      }
    };
    await this.#reconnect(`subscription:${options.topic}`, open, "first");
  }

  /** Consumers first, so that what they hold is handed over; then producers, and last the connections. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await Promise.all([...this.#producers.values()].map((producer) => producer.close()));
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await client?.close().catch(() => undefined);
  }

  /** The one client of all topics, made when it is first needed. */
  #open(): Promise<Client> {
    if (this.#closing.signal.aborted) return Promise.reject(closed());
    this.#client ??= this.#load().then((pulsar) => openClient(pulsar, this.#address, this.#onHealthIssue));
    return this.#client;
  }

  #reconnecting(closing: AbortSignal): Reconnect {
    const healthIssues = this.#healthIssues;
    const options = { clock: this.#clock, onHealthIssue: this.#onHealthIssue, healthIssues, closing };
    return (subject, open, connects) =>
      reconnect(subject, () => untilAborted(open(), closing), options, connects);
  }

  #producer(client: Client, topic: string): NativeProducer {
    let producer = this.#producers.get(topic);
    if (producer === undefined) {
      producer = new NativeProducer(this.#nameOf(topic), client, this.#reconnect);
      this.#producers.set(topic, producer);
    }
    return producer;
  }

  #nameOf(topic: string): string {
    const { tenant = "public", namespace = "default" } = this.#address;
    return `persistent://${tenant}/${namespace}/${topic}`;
  }
}

/** The client's own attempts last for half a minute and cannot be called off: who closes does not wait for them. */
function untilAborted<T>(opening: Promise<T>, closing: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(closed());
    if (closing.aborted) abort();
    closing.addEventListener("abort", abort, { once: true });
    opening.then(resolve, reject).finally(() => closing.removeEventListener("abort", abort));
  });
}
