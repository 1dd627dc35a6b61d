import type { Consumer, ConsumerOptions, IncomingMessage } from "../../ports/broker.ts";
import { Inbox } from "../inbox.ts";
import { ReceivedMessage } from "../received-message.ts";
import type { Entry } from "./entry.ts";
import type { Attachment, Subscription } from "./subscription.ts";

/** A consumer in the broker's own process. */
export class MemoryConsumer implements Consumer {
  readonly #subscription: Subscription;
  readonly #options: ConsumerOptions;
  readonly #inbox = new Inbox(() => this.#permit(1));
  #attachment: Attachment | undefined;

  constructor(subscription: Subscription, options: ConsumerOptions) {
    this.#subscription = subscription;
    this.#options = options;
    this.#connect();
  }

  receive(): Promise<IncomingMessage | undefined> {
    return this.#inbox.receive();
  }

  acknowledge(message: IncomingMessage): void {
    if (this.#attachment === undefined || !this.isCurrent(message)) return;
    this.#subscription.acknowledge(this.#attachment, Number(message.id));
  }

  isCurrent(message: IncomingMessage): boolean {
    return ReceivedMessage.isFrom(message, this.#attachment);
  }

  async close(): Promise<void> {
    this.#inbox.close();
    this.#disconnect();
  }

  /** Does what a died connection does, for tests: all it held is handed over, and a new one is made. */
  reconnect(): void {
    if (this.#attachment === undefined) return;
    this.#inbox.clear();
    this.#disconnect();
    this.#connect();
  }

  #connect(): void {
    const attachment = this.#subscription.attach((entry) =>
      this.#inbox.push(new ReceivedMessage(incoming(entry), attachment)),
    );
    this.#attachment = attachment;
    this.#permit(Math.max(1, this.#options.prefetch));
  }

  #disconnect(): void {
    const attachment = this.#attachment;
    this.#attachment = undefined;
    if (attachment !== undefined) this.#subscription.detach(attachment);
  }

  #permit(count: number): void {
    if (this.#attachment !== undefined) this.#subscription.permit(this.#attachment, count);
  }
}

function incoming({ position, message, publishedAt }: Entry): IncomingMessage {
  const { topic, key, payload, properties = {} } = message;
  return { id: String(position), topic, ...(key !== undefined && { key }), payload, properties, publishedAt };
}
