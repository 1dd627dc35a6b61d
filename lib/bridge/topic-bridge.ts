import type { Consumer } from "../ports/broker.ts";
import { Batcher } from "./batch.ts";
import type { BridgeParts } from "./bridge-parts.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { FunctionGate } from "./function-gate.ts";
import { InFlight } from "./in-flight.ts";
import { KeyQueues } from "./key-queues.ts";
import type { CheckedOptions, Route } from "./options.ts";
import { receive } from "./receiver.ts";
import { Settler } from "./settler.ts";

/** One route at work: from its topic's consumer through the queues to the function and back. */
export class TopicBridge {
  readonly route: Route;
  readonly gate: FunctionGate;
  readonly #queues: KeyQueues;
  readonly #consumer: Consumer;
  readonly #parts: BridgeParts;
  readonly #inFlight: InFlight;
  readonly #stopping = new AbortController();

  constructor(options: {
    readonly route: Route;
    readonly options: CheckedOptions;
    readonly consumer: Consumer;
    readonly gate: FunctionGate;
    readonly parts: BridgeParts;
  }) {
    const { route, consumer, gate } = options;
    this.route = route;
    this.gate = gate;
    this.#consumer = consumer;
    this.#inFlight = new InFlight(options.parts.inFlight);
    const stopping = AbortSignal.any([options.parts.stopping, this.#stopping.signal]);
    const parts = { ...options.parts, stopping, inFlight: this.#inFlight };
    this.#parts = parts;
    const { hints, metrics } = parts;
    const queues = new KeyQueues({ ...parts, route, consumer, onReady: () => dispatcher.schedule() });
    const batcher = new Batcher({ route, options: options.options, queues, hints, metrics });
    const settler = new Settler({
      ...parts,
      topic: route.topic,
      maxAttempts: route.handler === "stream" ? route.maxAttempts : Infinity,
      queues,
    });
    const dispatcher = new Dispatcher({ ...parts, route, queues, batcher, settler, gate });
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
