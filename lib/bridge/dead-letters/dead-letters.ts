import { hasCode } from "../../core/values/errors.ts";
import type { IncomingMessage, OutgoingMessage } from "../../ports/broker.ts";
import type { Publisher } from "../delivery/publisher.ts";
import type { HealthIssues } from "../health-issues.ts";
import type { BridgeMetrics } from "../metrics.ts";
import { type DeadLetterCause, deadLettersOf, isReference } from "./dead-letter.ts";

/** Parks messages that can never be processed. */
export class DeadLetters {
  readonly #publisher: Publisher;
  readonly #metrics: BridgeMetrics;
  readonly #healthIssues: HealthIssues;

  constructor(options: {
    readonly publisher: Publisher;
    readonly metrics: BridgeMetrics;
    readonly healthIssues: HealthIssues;
  }) {
    this.#publisher = options.publisher;
    this.#metrics = options.metrics;
    this.#healthIssues = options.healthIssues;
  }

  /**
   * Resolves once the message is safe on its dead-letter topic: then it may be acknowledged (I5). Where it is too large
   * for a letter, a reference to it is.
   *
   * @throws InfiniticError `MESSAGE_TOO_LARGE` when no letter is small enough; the reason of the signal that aborts
   */
  async park(message: IncomingMessage, cause: DeadLetterCause): Promise<void> {
    const { topic: letters, properties = {} } = await this.#publishLargest(deadLettersOf(message, cause));
    const { code = "", reason } = properties;
    const { id, topic } = message;
    const what = isReference({ properties }) ? "parked as a reference, for its size," : "parked";
    this.#metrics.parked(topic, code);
    this.#healthIssues.report({
      subject: `message:${topic}:${id}`,
      message: `${code}: ${what} on ${letters}: ${reason}`,
      attempts: cause.attempts,
    });
  }

  /** Publishes the first letter that the broker takes, and returns it. */
  async #publishLargest(letters: Iterable<OutgoingMessage>): Promise<OutgoingMessage> {
    let refusal: unknown;
    for (const letter of letters) {
      try {
        await this.#publisher.publish(letter);
        return letter;
      } catch (error) {
        if (!hasCode(error, "MESSAGE_TOO_LARGE")) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }
}
