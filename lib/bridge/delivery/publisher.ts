import type { Emit } from "../../core/protocol/invocation.ts";
import { DELAYED_TOPIC } from "../../core/protocol/topics.ts";
import { hasCode } from "../../core/values/errors.ts";
import type { Broker, OutgoingMessage } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Backoff } from "../backoff.ts";
import type { HealthIssues } from "../health-issues.ts";
import type { BridgeMetrics } from "../metrics.ts";
import type { Dues } from "./dues.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** Publishes until there is a receipt. */
export class Publisher {
  readonly #broker: Broker;
  readonly #subscriptions: Subscriptions;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #metrics: BridgeMetrics;
  readonly #healthIssues: HealthIssues;
  readonly #aborted: AbortSignal;
  readonly #dues: Dues;

  constructor(options: {
    readonly broker: Broker;
    readonly subscriptions: Subscriptions;
    readonly clock: Clock;
    readonly backoff: Backoff;
    readonly metrics: BridgeMetrics;
    readonly healthIssues: HealthIssues;
    readonly aborted: AbortSignal;
    readonly dues: Dues;
  }) {
    this.#broker = options.broker;
    this.#subscriptions = options.subscriptions;
    this.#clock = options.clock;
    this.#backoff = options.backoff;
    this.#metrics = options.metrics;
    this.#healthIssues = options.healthIssues;
    this.#aborted = options.aborted;
    this.#dues = options.dues;
  }

  /**
   * Resolves once every emit has a receipt. To one destination they go in order, each after the receipt of the
   * one before (I6); destinations do not wait for each other.
   *
   * @throws InfiniticError `MESSAGE_TOO_LARGE`, after all others have their receipts
   */
  async publishEmits(emits: readonly Emit[]): Promise<void> {
    const [first] = emits;
    if (first === undefined) return;
    if (emits.length === 1) return this.publish(this.#toMessage(first));
    const results = await Promise.allSettled(
      this.#byDestination(emits).map((one) => this.#publishInOrder(one)),
    );
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  /**
   * Resolves once the broker has the message, however often it has to be sent.
   *
   * @throws InfiniticError `MESSAGE_TOO_LARGE`; the reason of the signal that aborts
   */
  async publish(message: OutgoingMessage): Promise<void> {
    const { topic } = message;
    for (let failures = 1; ; failures += 1) {
      this.#aborted.throwIfAborted();
      try {
        if (!this.#subscriptions.has(topic)) await this.#subscriptions.ensure(topic);
        const startedAt = this.#clock.now();
        await this.#broker.publish(message);
        if (message.deliverAt !== undefined) this.#dues.add(message.deliverAt);
        this.#metrics.published(topic, this.#clock.now() - startedAt);
        this.#healthIssues.clear(`topic:${topic}`);
        return;
      } catch (error) {
        if (hasCode(error, "MESSAGE_TOO_LARGE")) throw error;
        this.#metrics.publishFailed(topic);
        this.#healthIssues.raise({ subject: `topic:${topic}`, message: String(error), attempts: failures });
        await this.#clock.sleep(this.#backoff.delayMs(failures), this.#aborted);
      }
    }
  }

  #byDestination(emits: readonly Emit[]): OutgoingMessage[][] {
    const destinations: OutgoingMessage[][] = [];
    const byKey = new Map<string, OutgoingMessage[]>();
    for (const emit of emits) {
      const message = this.#toMessage(emit);
      const name = message.key === undefined ? undefined : `${message.topic} ${message.key}`;
      const before = name === undefined ? undefined : byKey.get(name);
      if (before !== undefined) {
        before.push(message);
        continue;
      }
      const messages = [message];
      destinations.push(messages);
      if (name !== undefined) byKey.set(name, messages);
    }
    return destinations;
  }

  async #publishInOrder(messages: readonly OutgoingMessage[]): Promise<void> {
    for (const message of messages) await this.publish(message);
  }

  /** Emits for later go through the delayed topic, which has no keys: delayed messages overtake each other. */
  #toMessage({ topic, key, payload, deliverAt }: Emit): OutgoingMessage {
    if (deliverAt !== undefined && deliverAt > this.#clock.now())
      return delayedMessage({ topic, payload, deliverAt, ...(key === undefined ? {} : { key }) });
    return key === undefined ? { topic, payload } : { topic, key, payload };
  }
}

/** Wraps a message for the delayed topic: its own topic and key travel as properties. */
export function delayedMessage(
  message: Pick<OutgoingMessage, "topic" | "key" | "payload"> & { readonly deliverAt: number },
): OutgoingMessage {
  const { topic, key, payload, deliverAt } = message;
  return {
    topic: DELAYED_TOPIC,
    payload,
    deliverAt,
    properties: { topic, deliverAt: String(deliverAt), ...(key === undefined ? {} : { key }) },
  };
}
