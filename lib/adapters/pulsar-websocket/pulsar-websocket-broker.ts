import type {
  Broker,
  Consumer,
  ConsumerOptions,
  OutgoingMessage,
  SubscriptionOptions,
} from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import type { HealthIssue } from "../../ports/health-issue.ts";
import { assertMessageFits } from "../message-limit.ts";
import { closed, type ReconnectOptions, reconnect } from "../reconnect.ts";
import { systemClock } from "../system-clock.ts";
import { checkAddress, consumerUrl, type PulsarAddress } from "./address.ts";
import { Connection } from "./connection.ts";
import { PulsarConsumer } from "./consumer.ts";
import { Producer } from "./producer.ts";

/**
 * A Pulsar cluster, through its WebSocket API: pure JavaScript, one socket per producer and consumer.
 *
 * @example
 * const broker = new PulsarWebSocketBroker({ webUrl: "https://pulsar.example.com:8443", token });
 * await broker.publish({ topic: "workflow-engine:Booking", key: "order-42", payload });
 */
export class PulsarWebSocketBroker implements Broker {
  readonly #address: PulsarAddress;
  readonly #options: Omit<ReconnectOptions, "closing">;
  readonly #closing = new AbortController();
  readonly #producers = new Map<string, Producer>();
  readonly #consumers = new Set<Consumer>();

  /** @throws InfiniticError `INVALID_OPTION`: the tenant or namespace is no name; `MISCONFIGURED`: nor is the token one */
  constructor(
    options: PulsarAddress & {
      readonly clock?: Clock;
      /** Told of each connection that failed, while it is tried again. */
      readonly onHealthIssue?: (message: string) => void;
    },
  ) {
    const { clock = systemClock, onHealthIssue = () => undefined, ...address } = options;
    this.#address = checkAddress(address);
    this.#options = { clock, onHealthIssue, healthIssues: new Map() };
  }

  get healthIssues(): readonly HealthIssue[] {
    return [...this.#options.healthIssues.values()];
  }

  async publish(message: OutgoingMessage): Promise<string> {
    assertMessageFits(message);
    this.#assertOpen();
    return this.#producer(message).publish(message);
  }

  async subscribe(options: ConsumerOptions): Promise<PulsarConsumer> {
    this.#assertOpen();
    const consumer = new PulsarConsumer(options, this.#address, this.#options);
    this.#consumers.add(consumer);
    try {
      await consumer.open();
      return consumer;
    } catch (error) {
      this.#consumers.delete(consumer);
      throw error;
    }
  }

  async ensureSubscription(options: SubscriptionOptions): Promise<void> {
    this.#assertOpen();
    const closing = this.#closing.signal;
    const url = consumerUrl(this.#address, options);
    const open = (): Promise<Connection> => Connection.open({ url, token: this.#address.token, closing });
    const subject = `subscription:${options.topic}`;
    const connection = await reconnect(subject, open, { ...this.#options, closing }, "first");
    await connection.close();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const parts = [...this.#consumers, ...this.#producers.values()];
    await Promise.all(parts.map((part) => part.close()));
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted) throw closed();
  }

  /** Delayed messages have a producer of their own: Pulsar sends them past the others'. */
  #producer({ topic, deliverAt }: OutgoingMessage): Producer {
    const name = deliverAt === undefined ? topic : `${topic} delayed`;
    let producer = this.#producers.get(name);
    if (producer === undefined) {
      producer = new Producer(topic, this.#address, this.#options);
      this.#producers.set(name, producer);
    }
    return producer;
  }
}
