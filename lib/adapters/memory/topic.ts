import { InfiniticError } from "../../core/values/errors.ts";
import type { OutgoingMessage, SubscriptionType } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Entry } from "./entry.ts";
import { FailoverSubscription } from "./failover-subscription.ts";
import { KeySharedSubscription } from "./key-shared-subscription.ts";
import { SharedSubscription } from "./shared-subscription.ts";
import type { Subscription } from "./subscription.ts";

const SUBSCRIPTIONS = {
  shared: SharedSubscription,
  key_shared: KeySharedSubscription,
  failover: FailoverSubscription,
} as const;

/** A log that keeps each message until every subscription has acknowledged it, and for the first one to come. */
export class Topic {
  readonly #name: string;
  readonly #clock: Clock;
  /** By position, oldest first, with how many subscriptions have not acknowledged it. */
  readonly #retained = new Map<Entry, number>();
  readonly #subscriptions = new Map<string, { type: SubscriptionType; subscription: Subscription }>();
  #nextPosition = 0;

  constructor(name: string, clock: Clock) {
    this.#name = name;
    this.#clock = clock;
  }

  get isConsumed(): boolean {
    return [...this.#subscriptions.values()].some(({ subscription }) => subscription.isConsumed);
  }

  publish(message: OutgoingMessage): Entry {
    const entry = { position: this.#nextPosition++, message, publishedAt: this.#clock.now() };
    this.#retained.set(entry, this.#subscriptions.size);
    for (const { subscription } of this.#subscriptions.values()) subscription.offer(entry);
    return entry;
  }

  /** Returns the subscription, created at the earliest position where it is missing. */
  subscription(name: string, type: SubscriptionType): Subscription {
    const known = this.#subscriptions.get(name);
    if (known === undefined) return this.#create(name, type);
    if (known.type === type) return known.subscription;
    throw new InfiniticError(
      "MISCONFIGURED",
      `Expected subscription ${name} of topic ${this.#name} to be ${type}, got ${known.type}`,
    );
  }

  close(): void {
    for (const { subscription } of this.#subscriptions.values()) subscription.close();
  }

  #create(name: string, type: SubscriptionType): Subscription {
    const options = { clock: this.#clock, onAcknowledged: (entry: Entry) => this.#release(entry) };
    const subscription = new SUBSCRIPTIONS[type](options);
    this.#subscriptions.set(name, { type, subscription });
    for (const [entry, pending] of this.#retained) {
      this.#retained.set(entry, pending + 1);
      subscription.offer(entry);
    }
    return subscription;
  }

  #release(entry: Entry): void {
    const pending = this.#retained.get(entry) ?? 0;
    if (pending > 1) this.#retained.set(entry, pending - 1);
    else this.#retained.delete(entry);
  }
}
