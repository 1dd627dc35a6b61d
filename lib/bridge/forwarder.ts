import type { Consumer, IncomingMessage, OutgoingMessage } from "../ports/broker.ts";
import type { Clock } from "../ports/clock.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { InFlight } from "./in-flight.ts";
import type { BridgeMetrics } from "./metrics.ts";
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
  readonly #inFlight: InFlight;
  readonly #metrics: BridgeMetrics;
  readonly #stopping: AbortSignal;
  #held = 0;
  #onRoom: (() => void) | undefined = undefined;

  constructor(options: {
    readonly consumer: Consumer;
    readonly publisher: Publisher;
    readonly deadLetters: DeadLetters;
    readonly clock: Clock;
    readonly inFlight: InFlight;
    readonly metrics: BridgeMetrics;
    readonly stopping: AbortSignal;
  }) {
    this.#consumer = options.consumer;
    this.#publisher = options.publisher;
    this.#deadLetters = options.deadLetters;
    this.#clock = options.clock;
    this.#inFlight = options.inFlight;
    this.#metrics = options.metrics;
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
      if (this.#consumer.isCurrent(message)) await this.#send(message);
    } catch {
      // Stopping: the next consumer gets it.
    } finally {
      this.#held -= 1;
      this.#onRoom?.();
      this.#onRoom = undefined;
    }
  }

  async #send(message: IncomingMessage): Promise<void> {
    const end = this.#inFlight.begin(this.#clock.now());
    try {
      const target = this.#target(message);
      if (target !== undefined) await this.#publisher.publish(target);
      else await this.#deadLetters.park(message, { ...NO_TARGET, attempts: 1 });
      this.#consumer.acknowledge(message);
      this.#metrics.acknowledged(message.topic, 1);
    } finally {
      end();
    }
  }

  #target({ payload, properties }: IncomingMessage): OutgoingMessage | undefined {
    const { topic, key, deliverAt } = properties;
    if (topic === undefined || !Number.isFinite(Number(deliverAt))) return undefined;
    const message = { topic, payload, ...(key === undefined ? {} : { key }) };
    if (Number(deliverAt) <= this.#clock.now()) return message;
    return delayedMessage({ ...message, deliverAt: Number(deliverAt) });
  }
}

const NO_TARGET = {
  code: "MESSAGE_UNDECODABLE",
  reason: "expected the properties topic and deliverAt on a delayed message",
};
