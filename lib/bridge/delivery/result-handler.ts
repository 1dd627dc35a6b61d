import type { IncomingMessage } from "../../ports/broker.ts";
import type { Backoff } from "../backoff.ts";
import type { DeadLetters } from "../dead-letters/dead-letters.ts";
import type { KeyBatch } from "../dispatch/batch.ts";
import type { HealthIssues } from "../health-issues.ts";
import type { BridgeMetrics } from "../metrics.ts";
import type { KeyQueues } from "../queues/key-queues.ts";
import type { Hints } from "./hints.ts";
import type { Publisher } from "./publisher.ts";

/**
 * Ends one key's part of an invocation: publishes, awaits the receipts, acknowledges, goes on (I5, I6).
 *
 * Its queue is running until the very end, whatever is awaited: each way through here ends with one call that releases
 * the queue or has it wait.
 */
export class ResultHandler {
  readonly #topic: string;
  readonly #maxAttempts: number;
  readonly #queues: KeyQueues;
  readonly #publisher: Publisher;
  readonly #deadLetters: DeadLetters;
  readonly #hints: Hints;
  readonly #backoff: Backoff;
  readonly #metrics: BridgeMetrics;
  readonly #healthIssues: HealthIssues;

  constructor(options: {
    readonly topic: string;
    /** Attempts after which a message is parked; Infinity: never for having failed. */
    readonly maxAttempts: number;
    readonly queues: KeyQueues;
    readonly publisher: Publisher;
    readonly deadLetters: DeadLetters;
    readonly hints: Hints;
    readonly backoff: Backoff;
    readonly metrics: BridgeMetrics;
    readonly healthIssues: HealthIssues;
  }) {
    this.#topic = options.topic;
    this.#maxAttempts = options.maxAttempts;
    this.#queues = options.queues;
    this.#publisher = options.publisher;
    this.#deadLetters = options.deadLetters;
    this.#hints = options.hints;
    this.#backoff = options.backoff;
    this.#metrics = options.metrics;
    this.#healthIssues = options.healthIssues;
  }

  /** Settles what the function answered; `count` is how many messages its request had. */
  async answered(run: KeyBatch, count: number): Promise<void> {
    const { queue, reply } = run;
    const more = run.done > 0 ? reply?.more : undefined;
    try {
      await this.#publisher.publishEmits(run.emits);
      if (more === undefined) await this.#park(run);
    } catch (error) {
      // An emit that no broker takes: a better function may answer otherwise, so the key waits.
      this.#wait(run, String(error));
      return;
    }
    if (queue.key !== undefined) this.#hints.update(this.#topic, queue.key, reply, run.sent);
    if (more === undefined) return this.#finish(run);
    if (run.emits.length === 0 && run.done === count) {
      this.#wait(run, "the function has more to say but does not say it");
      return;
    }
    queue.resume = { text: more, count: run.done };
    this.#queues.release(queue);
  }

  /** The messages did nothing wrong: they are tried again as soon as the function can be invoked. */
  released(run: KeyBatch): void {
    this.#queues.release(run.queue);
  }

  /** The function died or was not heard of again: only a message that was alone in it is to blame. */
  async died(run: KeyBatch, count: number, reason: string): Promise<void> {
    const { queue } = run;
    if (queue.key !== undefined) this.#hints.forgetHint(this.#topic, queue.key);
    if (count > 1) {
      this.#suspect(run);
      return;
    }
    queue.suspects = Math.max(1, queue.suspects);
    queue.deaths += 1;
    const [head] = run.messages;
    if (head !== undefined) await this.#failed(run, head, reason);
  }

  /** The platform takes no request of this size. */
  async tooLarge(run: KeyBatch, count: number): Promise<void> {
    if (count > 1) return this.#suspect(run);
    const { queue } = run;
    if (run.sent !== undefined && !queue.withoutHint) {
      queue.withoutHint = true;
      return this.released(run);
    }
    run.parked.push({
      id: run.messages[0]?.id ?? "",
      code: "MESSAGE_TOO_LARGE",
      reason: "expected a message that a function takes, got a larger one",
    });
    return this.answered(run, count);
  }

  /** The head of the key failed: it is tried again, until it has failed too often. */
  async #failed(run: KeyBatch, head: IncomingMessage, reason: string): Promise<void> {
    const { queue } = run;
    const attempts = queue.failures + 1;
    if (attempts < this.#maxAttempts) return this.#wait(run, reason);
    try {
      await this.#deadLetters.park(head, { code: "ATTEMPTS_EXHAUSTED", reason, attempts });
    } catch (error) {
      return this.#wait(run, String(error));
    }
    this.#acknowledge(run, [head]);
    this.#queues.release(queue);
  }

  /** Tries the key again, after a delay: never anything of it before its head (I6). */
  #wait(run: KeyBatch, reason: string): void {
    const { queue } = run;
    queue.failures += 1;
    this.#metrics.retried(this.#topic);
    this.#healthIssues.report({
      subject: `message:${this.#topic}:${queue.messages[0]?.id}`,
      message: reason,
      attempts: queue.failures,
    });
    this.#queues.wait(queue, this.#backoff.delayMs(queue.failures));
  }

  #suspect(run: KeyBatch): void {
    const { queue } = run;
    queue.suspects = Math.max(run.messages.length, queue.suspects);
    queue.resume = undefined;
    this.released(run);
  }

  async #park(run: KeyBatch): Promise<void> {
    if (run.parked.length === 0) return;
    const attempts = run.queue.failures + 1;
    for (const { id, code, reason } of run.parked) {
      const message = run.messages.find((one) => one.id === id);
      if (message !== undefined) await this.#deadLetters.park(message, { code, reason, attempts });
    }
  }

  /** Acknowledges what was processed, and goes on with what was not. */
  async #finish(run: KeyBatch): Promise<void> {
    const { messages, done, failure } = run;
    this.#acknowledge(run, messages.slice(0, done));
    const failed = messages[done];
    if (failed !== undefined && failure !== undefined) await this.#failed(run, failed, failure);
    else this.#queues.release(run.queue);
  }

  #acknowledge({ queue }: KeyBatch, messages: readonly IncomingMessage[]): void {
    if (messages.length === 0) return;
    this.#queues.acknowledge(queue, messages);
    this.#metrics.acknowledged(this.#topic, messages.length);
  }
}
