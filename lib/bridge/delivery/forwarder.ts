import { InfiniticError } from "../../core/values/errors.ts";
import type { Consumer, IncomingMessage, OutgoingMessage } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Backoff } from "../backoff.ts";
import type { DeadLetters } from "../dead-letters/dead-letters.ts";
import type { HealthIssues } from "../health-issues.ts";
import type { BridgeMetrics } from "../metrics.ts";
import type { InFlight } from "../queues/in-flight.ts";
import { delayedMessage, type Publisher } from "./publisher.ts";

/** A message that comes at most this early is held until it is due; Pulsar's own precision is a second. */
const LONGEST_HOLD_MS = 5_000;

/** Most messages held or being forwarded. */
const MAX_HELD = 1_000;

/** Sends the delayed topic's messages to where they belong, once due. */
export class Forwarder {
  readonly #consumer: Consumer;
  readonly #publisher: Publisher;
  readonly #deadLetters: DeadLetters;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #inFlight: InFlight;
  readonly #metrics: BridgeMetrics;
  readonly #healthIssues: HealthIssues;
  readonly #stopping: AbortSignal;
  #held = 0;
  #onRoom: (() => void) | undefined = undefined;

  constructor(options: {
    readonly consumer: Consumer;
    readonly publisher: Publisher;
    readonly deadLetters: DeadLetters;
    readonly clock: Clock;
    readonly backoff: Backoff;
    readonly inFlight: InFlight;
    readonly metrics: BridgeMetrics;
    readonly healthIssues: HealthIssues;
    readonly stopping: AbortSignal;
  }) {
    this.#consumer = options.consumer;
    this.#publisher = options.publisher;
    this.#deadLetters = options.deadLetters;
    this.#clock = options.clock;
    this.#backoff = options.backoff;
    this.#inFlight = options.inFlight;
    this.#metrics = options.metrics;
    this.#healthIssues = options.healthIssues;
    this.#stopping = options.stopping;
  }

  get held(): number {
    return this.#held;
  }

  get hasRoom(): boolean {
    return this.#held < MAX_HELD;
  }

  async room(): Promise<void> {
    while (!this.hasRoom) {
      await new Promise<void>((resolve) => {
        this.#onRoom = resolve;
      });
    }
  }

  /** Forwards a message when due; unacknowledged when stopped before. */
  async forward(message: IncomingMessage): Promise<void> {
    this.#held += 1;
    try {
      const earlyMs = Number(message.properties["deliverAt"]) - this.#clock.now();
      if (earlyMs > 0 && earlyMs <= LONGEST_HOLD_MS) await this.#clock.sleep(earlyMs, this.#stopping);
      for (let attempts = 1; this.#consumer.isCurrent(message); attempts += 1) {
        if (await this.#send(message, attempts)) return;
        await this.#clock.sleep(this.#backoff.delayMs(attempts), this.#stopping);
      }
    } catch {
      // Stopping: the next consumer gets it.
    } finally {
      this.#held -= 1;
      this.#onRoom?.();
      this.#onRoom = undefined;
    }
  }

  /** Returns false, and tells why, when the broker has the message neither where it goes nor among the dead letters. */
  async #send(message: IncomingMessage, attempts: number): Promise<boolean> {
    const { topic, id } = message;
    const end = this.#inFlight.begin(this.#clock.now());
    try {
      await this.#publishOrPark(message, attempts);
      this.#consumer.acknowledge(message);
      this.#metrics.acknowledged(topic, 1);
      return true;
    } catch (error) {
      this.#stopping.throwIfAborted();
      this.#healthIssues.report({ subject: `message:${topic}:${id}`, message: String(error), attempts });
      return false;
    } finally {
      end();
    }
  }

  /** Resolves once the broker has the message where it goes, or among the dead letters, with the reason. */
  async #publishOrPark(message: IncomingMessage, attempts: number): Promise<void> {
    try {
      await this.#publisher.publish(this.#target(message));
    } catch (error) {
      if (!(error instanceof InfiniticError)) throw error;
      await this.#deadLetters.park(message, { code: error.code, reason: error.message, attempts });
    }
  }

  /** @throws InfiniticError `MESSAGE_UNDECODABLE` */
  #target({ payload, properties }: IncomingMessage): OutgoingMessage {
    const { topic, key, deliverAt = "" } = properties;
    if (!topic || deliverAt.trim() === "" || !Number.isFinite(Number(deliverAt)))
      throw new InfiniticError("MESSAGE_UNDECODABLE", NO_TARGET);
    const message = { topic, payload, ...(key === undefined ? {} : { key }) };
    if (Number(deliverAt) <= this.#clock.now()) return message;
    return delayedMessage({ ...message, deliverAt: Number(deliverAt) });
  }
}

const NO_TARGET = "expected the properties topic and deliverAt on a delayed message";
