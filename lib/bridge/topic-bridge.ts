import type { Consumer, IncomingMessage } from "../ports/broker.ts";
import type { BridgeParts } from "./bridge-parts.ts";
import { InFlight } from "./queues/in-flight.ts";
import { KeyQueues, type QueuedTopic } from "./queues/key-queues.ts";
import { receive } from "./queues/receiver.ts";

/** Takes messages from queues and settles them there. */
interface Carrier {
  /** Called when a queue became ready. */
  schedule(): void;
}

/** One route or trigger at work: from its topic's consumer through the queues to whoever carries them on. */
export class TopicBridge<R extends QueuedTopic> {
  readonly route: R;
  readonly #queues: KeyQueues;
  readonly #consumer: Consumer;
  readonly #parts: BridgeParts;
  readonly #inFlight: InFlight;
  readonly #stopping = new AbortController();

  constructor(options: {
    readonly route: R;
    readonly consumer: Consumer;
    readonly parts: BridgeParts;
    readonly bytesOf?: ((message: IncomingMessage) => number) | undefined;
    readonly carrier: (queues: KeyQueues, parts: BridgeParts) => Carrier;
  }) {
    const { route, consumer, bytesOf } = options;
    this.route = route;
    this.#consumer = consumer;
    this.#inFlight = new InFlight(options.parts.inFlight);
    const stopping = AbortSignal.any([options.parts.stopping, this.#stopping.signal]);
    const parts = { ...options.parts, stopping, inFlight: this.#inFlight };
    this.#parts = parts;
    const queues = new KeyQueues({ ...parts, route, consumer, bytesOf, onReady: () => carrier.schedule() });
    const carrier = options.carrier(queues, parts);
    this.#queues = queues;
  }

  get held(): number {
    return this.#queues.held;
  }

  /** When the oldest message held was published, in epoch milliseconds. */
  get oldestAt(): number | undefined {
    return this.#queues.oldestAt;
  }

  /** Takes nothing new any more. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Hands over what is left, in order, once its own work in flight has ended, or `late` has resolved. */
  async close(late: Promise<void>): Promise<void> {
    this.stop();
    await Promise.race([this.#inFlight.idle(), late]);
    await this.#consumer.close();
  }

  /** Receives until stopped; never rejects. */
  run(): Promise<void> {
    const queues = this.#queues;
    return receive({
      ...this.#parts,
      consumer: this.#consumer,
      topic: this.route.topic,
      onMessage: (message) => queues.add(message),
      hasRoom: () => queues.hasRoom,
      room: () => queues.room(),
    });
  }
}
