import type {
  Broker,
  Consumer,
  ConsumerOptions,
  OutgoingMessage,
  SubscriptionOptions,
} from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import { assertPayloadFits } from "../payload-limit.ts";
import { systemClock } from "../system-clock.ts";
import { consumerUrl, type PulsarAddress } from "./address.ts";
import { Connection } from "./connection.ts";
import { PulsarConsumer } from "./consumer.ts";
import { Producer } from "./producer.ts";
import { closed, type ReconnectOptions, reconnect } from "./reconnect.ts";

/**
 * A Pulsar cluster, through its WebSocket API: pure JavaScript, one socket per producer and consumer.
 *
 * @example
 * const broker = new PulsarWebSocketBroker({ webUrl: "https://pulsar.example.com:8443", token });
 * await broker.publish({ topic: "workflow-engine:Booking", key: "order-42", payload });
 */
export class PulsarWebSocketBroker implements Broker {
  readonly #address: PulsarAddress;
  readonly #options: ReconnectOptions;
  readonly #closing = new AbortController();
  readonly #producers = new Map<string, Producer>();
  readonly #consumers = new Set<Consumer>();

  constructor(
    options: PulsarAddress & {
      readonly clock?: Clock;
      /** Told of each connection that failed, while it is tried again. */
      readonly onTrouble?: (message: string) => void;
    },
  ) {
    const { clock = systemClock, onTrouble = () => undefined, ...address } = options;
    this.#address = address;
    this.#options = { clock, onTrouble, closing: this.#closing.signal };
  }

  async publish(message: OutgoingMessage): Promise<string> {
    assertPayloadFits(message);
    if (this.#closing.signal.aborted) throw closed();
    return this.#producer(message).publish(message);
  }

  async subscribe(options: ConsumerOptions): Promise<PulsarConsumer> {
    const consumer = await new PulsarConsumer(options, this.#address, this.#options).open();
    this.#consumers.add(consumer);
    return consumer;
  }

  async ensureSubscription(options: SubscriptionOptions): Promise<void> {
    const url = consumerUrl(this.#address, options);
    const events = { onText: () => undefined, onClosed: () => undefined };
    const open = (): Promise<Connection> => Connection.open(url, this.#address.token, events);
    const connection = await reconnect(open, this.#options, { failsWhenRefused: true });
    await connection.close();
  }

  async close(): Promise<void> {
    this.#closing.abort(closed());
    const parts = [...this.#consumers, ...this.#producers.values()];
    await Promise.all(parts.map((part) => part.close()));
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
