import type { Broker } from "../../lib/ports/broker.ts";
import type { PayloadStore } from "../../lib/ports/payload-store.ts";
import type { TagIndex } from "../../lib/ports/tag-index.ts";
import { wordsTo } from "../simulation/model.ts";
import type { Journey } from "../simulation/program.ts";
import { cancelOf, collectorStartOf, startOf, wordTo } from "../simulation/requests.ts";
import { entriesOf, newsTo, tagsOf } from "./news.ts";
import { persist, Sender } from "./sender.ts";

/** A client without a will of its own: it asks for journeys, and sends each message until it has a receipt. */
export class LoadClient {
  /** Journeys not all of whose messages have receipts. */
  pending = 0;
  readonly #sender: Sender;
  readonly #tagIndex: TagIndex;

  constructor(options: {
    readonly broker: Broker;
    readonly payloadStore: PayloadStore;
    readonly tagIndex: TagIndex;
  }) {
    this.#sender = new Sender(options);
    this.#tagIndex = options.tagIndex;
  }

  /** Asks for one life of a journey. Resolves once every message about it has its receipt; never rejects. */
  async ask(program: Journey, life = 0): Promise<void> {
    this.pending += 1;
    // Whoever starts an instance enters its tags first.
    const entries = life === 0 ? entriesOf(program) : [];
    if (entries.length > 0) await persist(() => this.#tagIndex.add(entries));
    const start = { ...startOf(program, life, Date.now()), ...(entries.length > 0 && tagsOf(program)) };
    await Promise.all([this.#sender.send(start), life === 0 && this.#accompany(program)]);
    this.pending -= 1;
  }

  /** Sends what a journey needs beside its start. */
  async #accompany(program: Journey): Promise<void> {
    const collector = collectorStartOf(program, Date.now());
    await Promise.all([
      collector && this.#sender.send(collector),
      this.#say(program),
      ...newsTo(program, Date.now()).map((news) => this.#sender.send(news)),
      program.isCanceled && this.#sender.send(cancelOf(program, Date.now())),
    ]);
  }

  /** One word after the other: their order is what the model tells. */
  async #say(program: Journey): Promise<void> {
    for (const [nth, word] of wordsTo(program.id, program.lives[0] ?? []).entries())
      await this.#sender.send(wordTo(program, program.id, nth, word, Date.now()));
  }
}
