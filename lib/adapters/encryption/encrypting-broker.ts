import type {
  Broker,
  Consumer,
  ConsumerOptions,
  OutgoingMessage,
  SubscriptionOptions,
} from "../../ports/broker.ts";
import type { HealthIssue } from "../../ports/health-issue.ts";
import type { Cipher } from "./cipher.ts";
import { encryptMessage, isEncryptable } from "./encrypted-message.ts";

/**
 * Encrypts what is published to our own topics of another broker. What is consumed stays encrypted: functions decrypt
 * it.
 *
 * @example
 * const encrypting = new EncryptingBroker({ broker, cipher });
 */
export class EncryptingBroker implements Broker {
  readonly #broker: Broker;
  readonly #cipher: Cipher;

  constructor({ broker, cipher }: { readonly broker: Broker; readonly cipher: Cipher }) {
    this.#broker = broker;
    this.#cipher = cipher;
  }

  get healthIssues(): readonly HealthIssue[] {
    return this.#broker.healthIssues ?? [];
  }

  async publish(message: OutgoingMessage): Promise<string> {
    if (!isEncryptable(message)) return this.#broker.publish(message);
    return this.#broker.publish(encryptMessage(await this.#cipher.ready(1), message));
  }

  subscribe(options: ConsumerOptions): Promise<Consumer> {
    return this.#broker.subscribe(options);
  }

  ensureSubscription(options: SubscriptionOptions): Promise<void> {
    return this.#broker.ensureSubscription(options);
  }

  close(): Promise<void> {
    return this.#broker.close();
  }
}
