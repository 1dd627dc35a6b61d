import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "../../lib/core/messages.ts";
import type { Broker } from "../../lib/ports/broker.ts";
import { wordsOf, wordsTaken } from "../simulation/model.ts";
import type { Journey } from "../simulation/program.ts";
import { cancelOf, collectorStartOf, destinationOf, startOf, wordTo } from "../simulation/requests.ts";

const RETRY_MS = 200;

/** A client without a will of its own: it asks for journeys, and sends each message until it has a receipt. */
export class LoadClient {
  /** Journeys not all of whose messages have receipts. */
  pending = 0;
  readonly #broker: Broker;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** Resolves once every message about a journey has its receipt; never rejects. */
  async ask(program: Journey): Promise<void> {
    this.pending += 1;
    const collector = collectorStartOf(program, Date.now());
    await Promise.all([
      this.#send(startOf(program, 0, Date.now())),
      collector && this.#send(collector),
      this.#say(program),
      program.isCanceled && this.#send(cancelOf(program, Date.now())),
    ]);
    this.pending -= 1;
  }

  /** One word after the other: their order is what the model tells. */
  async #say(program: Journey): Promise<void> {
    const words = wordsOf(program.id);
    for (let nth = 0; nth < wordsTaken(program.lives[0] ?? []); nth += 1)
      await this.#send(wordTo(program, nth, words.next().value, Date.now()));
  }

  async #send(message: Message): Promise<void> {
    const payload = JSON.stringify(message);
    for (;;) {
      try {
        await this.#broker.publish({ ...destinationOf(message), payload });
        return;
      } catch {
        await sleep(RETRY_MS);
      }
    }
  }
}
