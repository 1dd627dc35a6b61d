import { setTimeout as sleep } from "node:timers/promises";
import type { EngineMessage } from "../../lib/core/messages.ts";
import { packed } from "../../lib/http/payloads.ts";
import type { Broker } from "../../lib/ports/broker.ts";
import type { PayloadStore } from "../../lib/ports/payload-store.ts";
import { wordsTo } from "../simulation/model.ts";
import type { Journey } from "../simulation/program.ts";
import { cancelOf, collectorStartOf, destinationOf, startOf, wordTo } from "../simulation/requests.ts";

const RETRY_MS = 200;

/** A client without a will of its own: it asks for journeys, and sends each message until it has a receipt. */
export class LoadClient {
  /** Journeys not all of whose messages have receipts. */
  pending = 0;
  readonly #broker: Broker;
  readonly #payloadStore: PayloadStore;

  constructor({ broker, payloadStore }: { readonly broker: Broker; readonly payloadStore: PayloadStore }) {
    this.#broker = broker;
    this.#payloadStore = payloadStore;
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
    for (const [nth, word] of wordsTo(program.id, program.lives[0] ?? []).entries())
      await this.#send(wordTo(program, program.id, nth, word, Date.now()));
  }

  async #send(message: EngineMessage): Promise<void> {
    for (;;) {
      try {
        const payload = JSON.stringify(await packed({ payloadStore: this.#payloadStore }, message));
        await this.#broker.publish({ ...destinationOf(message), payload });
        return;
      } catch {
        await sleep(RETRY_MS);
      }
    }
  }
}
