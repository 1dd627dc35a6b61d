import { InfiniticError } from "../../core/values/errors.ts";
import type { Broker, ConsumerOptions, OutgoingMessage, SubscriptionOptions } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import { assertMessageFits } from "../message-limit.ts";
import { systemClock } from "../system-clock.ts";
import { MemoryConsumer } from "./memory-consumer.ts";
import type { Subscription } from "./subscription.ts";
import { Topic } from "./topic.ts";

/**
 * A broker in this process: it keeps its messages in memory, and loses them with the process.
 *
 * @example
 * const broker = new MemoryBroker();
 * await broker.publish({ topic: "greetings", key: "a", payload: "hello" });
 * const consumer = await broker.subscribe({
 *   topic: "greetings", subscription: "infinitic", type: "key_shared", prefetch: 10,
 * });
 * const message = await consumer.receive();
 */
export class MemoryBroker implements Broker {
  readonly #clock: Clock;
  readonly #topics = new Map<string, Topic>();
  readonly #consumers = new Set<MemoryConsumer>();
  #closed = false;

  /** @param options `clock`: what delayed delivery goes by; the machine's time unless given */
  constructor({ clock = systemClock }: { readonly clock?: Clock } = {}) {
    this.#clock = clock;
  }

  async publish(message: OutgoingMessage): Promise<string> {
    assertMessageFits(message);
    return String(this.#topic(message.topic).publish(message).position);
  }

  async subscribe(options: ConsumerOptions): Promise<MemoryConsumer> {
    const consumer = new MemoryConsumer(this.subscription(options), options);
    this.#consumers.add(consumer);
    return consumer;
  }

  async ensureSubscription(options: SubscriptionOptions): Promise<void> {
    this.subscription(options);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const consumer of this.#consumers) await consumer.close();
    for (const topic of this.#topics.values()) topic.close();
  }

  /** Returns the subscription itself, for those who serve it to consumers elsewhere. */
  subscription({ topic, subscription, type }: SubscriptionOptions): Subscription {
    return this.#topic(topic).subscription(subscription, type);
  }

  /** Whether somebody consumes a topic now. */
  isConsumed(topic: string): boolean {
    return this.#topics.get(topic)?.isConsumed ?? false;
  }

  #topic(name: string): Topic {
    if (this.#closed) throw new InfiniticError("BROKER_CLOSED", "Expected an open broker, got a closed one");
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = new Topic(name, this.#clock);
      this.#topics.set(name, topic);
    }
    return topic;
  }
}
