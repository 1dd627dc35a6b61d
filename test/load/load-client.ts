import type { Broker } from "../../lib/ports/broker.ts";
import type { PayloadStore } from "../../lib/ports/payload-store.ts";
import type { TagIndex } from "../../lib/ports/tag-index.ts";
import { lifeName, wordsTo } from "../simulation/model.ts";
import type { Journey } from "../simulation/program.ts";
import { cancelOf, collectorStartOf, runOf, startOf, wordTo } from "../simulation/requests.ts";
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
    const start = this.#sender.send({
      ...startOf(program, life, Date.now()),
      ...(entries.length > 0 && tagsOf(program)),
    });
    if (life > 0) await start;
    await Promise.all([start, this.#say(program, life), life === 0 && this.#accompany(program)]);
    this.pending -= 1;
  }

  /** Sends what a journey needs beside its start. */
  async #accompany(program: Journey): Promise<void> {
    const collector = collectorStartOf(program, Date.now());
    await Promise.all([
      collector && this.#sender.send(collector),
      ...newsTo(program, Date.now()).map((news) => this.#sender.send(news)),
      program.isCanceled && this.#sender.send(cancelOf(program, Date.now())),
    ]);
  }

  /**
   * Says to a life what it waits for, one word after the other: their order is what the model tells. Where an id lives
   * twice a word is meant for one run, which hears it only once it is there: its start must be stored before.
   */
  async #say(program: Journey, life: number): Promise<void> {
    const name = lifeName(program.id, life);
    const run = program.lives.length > 1 ? { run: runOf(program, life) } : {};
    for (const [nth, word] of wordsTo(name, program.lives[life] ?? []).entries())
      await this.#sender.send({ ...wordTo(program, name, nth, word, Date.now()), ...run });
  }
}
