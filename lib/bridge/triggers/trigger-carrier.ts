import { InfiniticError } from "../../core/values/errors.ts";
import type { IncomingMessage } from "../../ports/broker.ts";
import type { BridgeParts } from "../bridge-parts.ts";
import type { KeyQueue } from "../queues/key-queue.ts";
import type { KeyQueues } from "../queues/key-queues.ts";
import { triggerMessage } from "./trigger-message.ts";
import type { Trigger } from "./trigger-options.ts";

/**
 * Carries a business topic's messages to the instances that they start or signal. No function is invoked: of each key
 * a message follows when the one before has its receipt (I6), and is acknowledged when it has its own (I5).
 */
export class TriggerCarrier {
  readonly #trigger: Trigger;
  readonly #queues: KeyQueues;
  readonly #parts: BridgeParts;
  #running = 0;

  constructor(options: {
    readonly trigger: Trigger;
    readonly queues: KeyQueues;
    readonly parts: BridgeParts;
  }) {
    this.#trigger = options.trigger;
    this.#queues = options.queues;
    this.#parts = options.parts;
  }

  /** Begins with what is ready, as far as there is room. */
  schedule(): void {
    while (this.#running < this.#trigger.maxConcurrency && !this.#parts.stopping.aborted) {
      const queue = this.#queues.next();
      if (queue === undefined) return;
      void this.#carryHead(queue);
    }
  }

  async #carryHead(queue: KeyQueue): Promise<void> {
    const { inFlight, clock, metrics } = this.#parts;
    const end = inFlight.begin(clock.now());
    this.#running += 1;
    const messages = this.#queues.take(queue, queue.head(1));
    try {
      for (const message of messages) await this.#carry(message, queue.failures + 1);
      this.#queues.acknowledge(queue, messages);
      metrics.acknowledged(this.#trigger.topic, messages.length);
      this.#queues.release(queue);
    } catch (error) {
      this.#wait(queue, String(error));
    }
    this.#running -= 1;
    this.schedule();
    end();
  }

  /** Resolves once the broker has the start or signal, or the message among the dead letters, with the reason. */
  async #carry(message: IncomingMessage, attempts: number): Promise<void> {
    const { publisher, deadLetters, clock } = this.#parts;
    try {
      await publisher.publish(await triggerMessage(this.#trigger, message, clock.now()));
    } catch (error) {
      if (!(error instanceof InfiniticError)) throw error;
      await deadLetters.park(message, { code: error.code, reason: error.message, attempts });
    }
  }

  /** Neither published nor parked: the next attempt begins with the same message. Or stopped: the next bridge's does. */
  #wait(queue: KeyQueue, message: string): void {
    const { metrics, healthIssues, backoff, stopping } = this.#parts;
    const { topic } = this.#trigger;
    if (stopping.aborted) return;
    queue.failures += 1;
    metrics.retried(topic);
    const subject = `message:${topic}:${queue.messages[0]?.id}`;
    healthIssues.report({ subject, message, attempts: queue.failures });
    this.#queues.wait(queue, backoff.delayMs(queue.failures));
  }
}
