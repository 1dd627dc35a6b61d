import { deadLetterTopic } from "../core/topics.ts";
import type { IncomingMessage } from "../ports/broker.ts";
import type { BridgeMetrics } from "./metrics.ts";
import type { Publisher } from "./publisher.ts";

/** Properties travel in a frame's header, beside the payload. */
const LONGEST_REASON = 1_000;

/** Parks messages that can never be processed. */
export class DeadLetters {
  readonly #publisher: Publisher;
  readonly #metrics: BridgeMetrics;

  constructor(options: { readonly publisher: Publisher; readonly metrics: BridgeMetrics }) {
    this.#publisher = options.publisher;
    this.#metrics = options.metrics;
  }

  /** Resolves once the message is safe on its dead-letter topic: then it may be acknowledged (I5). */
  async park(
    message: IncomingMessage,
    cause: { readonly code: string; readonly reason: string; readonly attempts: number },
  ): Promise<void> {
    const { id, topic, key, payload, properties } = message;
    await this.#publisher.publish({
      topic: deadLetterTopic(topic),
      ...(key === undefined ? {} : { key }),
      payload,
      properties: {
        ...properties,
        code: cause.code,
        reason: cause.reason.slice(0, LONGEST_REASON),
        attempts: String(cause.attempts),
        originTopic: topic,
        originId: id,
        ...(key === undefined ? {} : { originKey: key }),
      },
    });
    this.#metrics.parked(topic, cause.code);
  }
}
