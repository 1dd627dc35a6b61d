import type { Broker } from "../../lib/ports/broker.ts";
import { persist } from "../load/sender.ts";
import { READINGS, type Reading, readingOf } from "./readings.ts";

/** Publishes readings, those of a sensor one after the other, each again until it has a receipt. */
export class ReadingsPublisher {
  /** How many were begun to be published. */
  published = 0;
  readonly #broker: Broker;
  readonly #seed: number;
  readonly #last = new Map<string, Promise<void>>();

  constructor({ broker, seed }: { readonly broker: Broker; readonly seed: number }) {
    this.#broker = broker;
    this.#seed = seed;
  }

  /** Publishes the next ones, until there are so many. */
  publishUpTo(count: number): void {
    for (; this.published < count; this.published += 1) {
      const reading = readingOf(this.#seed, this.published);
      const before = this.#last.get(reading.sensor) ?? Promise.resolve();
      this.#last.set(
        reading.sensor,
        before.then(() => this.#publish(reading)),
      );
    }
  }

  /** Resolves once each has its receipt. */
  async finish(): Promise<void> {
    await Promise.all(this.#last.values());
  }

  async #publish(reading: Reading): Promise<void> {
    const message = { topic: READINGS, key: reading.sensor, payload: JSON.stringify(reading) };
    await persist(() => this.#broker.publish(message));
  }
}
