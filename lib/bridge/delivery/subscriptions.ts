import { SUBSCRIPTION } from "../../core/protocol/topics.ts";
import type { Broker, SubscriptionType } from "../../ports/broker.ts";

/** Topics whose messages are read in the order of their keys. */
const KEYED = /^workflow-(engine|tags):/;

/** Subscriptions first: a message sent to a topic that nobody subscribed is lost. */
export class Subscriptions {
  readonly #broker: Broker;
  readonly #ensured = new Set<string>();
  readonly #pending = new Map<string, Promise<void>>();

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  has(topic: string): boolean {
    return this.#ensured.has(topic);
  }

  /** Notes that this bridge consumes the topic itself: a consumer more would disturb its keys. */
  add(topic: string): void {
    this.#ensured.add(topic);
  }

  /** Makes the topic's durable subscription, once. */
  ensure(topic: string): Promise<void> {
    let pending = this.#pending.get(topic);
    if (pending === undefined) {
      pending = this.#create(topic).finally(() => this.#pending.delete(topic));
      this.#pending.set(topic, pending);
    }
    return pending;
  }

  async #create(topic: string): Promise<void> {
    const type: SubscriptionType = KEYED.test(topic) ? "key_shared" : "shared";
    await this.#broker.ensureSubscription({ topic, subscription: SUBSCRIPTION, type });
    this.#ensured.add(topic);
  }
}
