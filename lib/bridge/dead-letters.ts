import type { IncomingMessage } from "../ports/broker.ts";
import { type DeadLetterCause, deadLetterOf } from "./dead-letter.ts";
import type { BridgeMetrics } from "./metrics.ts";
import type { Publisher } from "./publisher.ts";

/** Parks messages that can never be processed. */
export class DeadLetters {
  readonly #publisher: Publisher;
  readonly #metrics: BridgeMetrics;

  constructor(options: { readonly publisher: Publisher; readonly metrics: BridgeMetrics }) {
    this.#publisher = options.publisher;
    this.#metrics = options.metrics;
  }

  /** Resolves once the message is safe on its dead-letter topic: then it may be acknowledged (I5). */
  async park(message: IncomingMessage, cause: DeadLetterCause): Promise<void> {
    await this.#publisher.publish(deadLetterOf(message, cause));
    this.#metrics.parked(message.topic, cause.code);
  }
}
