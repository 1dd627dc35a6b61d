import type {
  Broker,
  Consumer,
  ConsumerOptions,
  IncomingMessage,
  OutgoingMessage,
  SubscriptionOptions,
} from "../../lib/ports/broker.ts";
import type { HealthIssue } from "../../lib/ports/health-issue.ts";

/** A consumer that is fed by hand. */
export class FakeConsumer implements Consumer {
  readonly options: ConsumerOptions;
  readonly acknowledged: string[] = [];
  readonly #waiting: IncomingMessage[] = [];
  #current = new Set<IncomingMessage>();
  #receiver: ((message: IncomingMessage | undefined) => void) | undefined = undefined;
  isClosed = false;

  constructor(options: ConsumerOptions) {
    this.options = options;
  }

  /** How many messages nobody has taken. */
  get backlog(): number {
    return this.#waiting.length;
  }

  deliver(message: Partial<IncomingMessage> & { readonly id: string }): void {
    const whole = { topic: this.options.topic, payload: "{}", properties: {}, publishedAt: 0, ...message };
    this.#current.add(whole);
    this.#waiting.push(whole);
    this.#pass();
  }

  loseConnection(): void {
    this.#current = new Set();
    this.#waiting.length = 0;
  }

  receive(): Promise<IncomingMessage | undefined> {
    return new Promise((resolve) => {
      this.#receiver = resolve;
      this.#pass();
    });
  }

  acknowledge(message: IncomingMessage): void {
    if (this.#current.delete(message)) this.acknowledged.push(message.id);
  }

  isCurrent(message: IncomingMessage): boolean {
    return this.#current.has(message);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.#pass();
  }

  #pass(): void {
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    const message = this.isClosed ? undefined : this.#waiting.shift();
    if (message === undefined && !this.isClosed) return;
    this.#receiver = undefined;
    receiver(message);
  }
}

/** A broker whose receipts are given by hand, or at once. */
export class FakeBroker implements Broker {
  healthIssues: readonly HealthIssue[] = [];
  readonly consumers = new Map<string, FakeConsumer>();
  readonly subscriptions: SubscriptionOptions[] = [];
  /** Everything that has a receipt, in order. */
  readonly published: OutgoingMessage[] = [];
  /** Decides about each publish: resolve for a receipt, reject for none. */
  onPublish: (message: OutgoingMessage) => Promise<void> = async () => undefined;

  consumer(topic: string): FakeConsumer {
    const consumer = this.consumers.get(topic);
    if (consumer === undefined) throw new Error(`nobody consumes ${topic}`);
    return consumer;
  }

  async publish(message: OutgoingMessage): Promise<string> {
    await this.onPublish(message);
    this.published.push(message);
    return String(this.published.length);
  }

  async subscribe(options: ConsumerOptions): Promise<FakeConsumer> {
    const consumer = new FakeConsumer(options);
    this.consumers.set(options.topic, consumer);
    return consumer;
  }

  async ensureSubscription(options: SubscriptionOptions): Promise<void> {
    this.subscriptions.push(options);
  }

  async close(): Promise<void> {
    for (const consumer of this.consumers.values()) await consumer.close();
  }
}
