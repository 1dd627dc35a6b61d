import { LRUCache } from "lru-cache";
import type { RunKey } from "../core/values/ids.ts";
import {
  escaped,
  isOwnedBy,
  type PayloadReference,
  pack,
  refer,
  referenceIn,
  unpack,
} from "../core/values/payload.ts";
import type { PayloadStore } from "../ports/payload-store.ts";

/** Characters of payloads kept in memory, of all instances together. */
const MAX_CACHED_CHARACTERS = 32 * 1024 * 1024;

/** What waits for an instance's code to run waits in its item, so it must be small. */
const WAITING_BYTES = 512;

/** The large values of instances: put away before the commit that refers to them, brought back before code sees them. */
export class Payloads {
  readonly #store: PayloadStore;
  /** By key: payloads never change. */
  readonly #texts = new LRUCache<string, string>({
    maxSize: MAX_CACHED_CHARACTERS,
    sizeCalculation: (text) => Math.max(1, text.length),
  });

  constructor(store: PayloadStore) {
    this.#store = store;
  }

  /**
   * Makes what code did ready for history.
   *
   * @throws InfiniticError `PAYLOAD_TOO_LARGE`
   */
  keep<R extends object>(run: RunKey, record: R): Promise<R> {
    return pack(record, (text) => this.#put(run, text));
  }

  /** Gives the run a payload of its own in place of another's: that one may be deleted before this run ends. */
  async claim<R extends object>(run: RunKey, record: R): Promise<R> {
    const reference = referenceIn(record);
    if (!reference || isOwnedBy(reference, run)) return record;
    return refer(record, await this.#put(run, await this.#get(reference)));
  }

  /**
   * Makes sure that a value is here before history refers to it; code is about to read it anyway.
   *
   * @throws InfiniticError `PAYLOAD_MISSING`
   */
  async expect(record: object): Promise<void> {
    const reference = referenceIn(record);
    if (reference) await this.#get(reference);
  }

  /** Makes a record or message as its sender's code gave it. */
  open<R extends object>(record: R): Promise<R> {
    return unpack(record, (reference) => this.#get(reference));
  }

  /** Makes a record as it would be in history were its value not too large. */
  async inline<R extends object>(record: R): Promise<R> {
    return referenceIn(record) ? escaped(await this.open(record)) : record;
  }

  /** Leaves of a message that must wait only what is small. */
  async offload<R extends object>(run: RunKey, message: R): Promise<R> {
    if (referenceIn(message)) return message;
    return pack(await this.open(message), (text) => this.#put(run, text), WAITING_BYTES);
  }

  async deleteRun(run: RunKey): Promise<void> {
    await this.#store.deleteRun(run);
  }

  async #put(run: RunKey, text: string): Promise<PayloadReference> {
    const reference = await this.#store.put(run, text);
    this.#texts.set(reference.key, text);
    return reference;
  }

  async #get({ key }: PayloadReference): Promise<string> {
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const text = await this.#store.get(key);
    this.#texts.set(key, text);
    return text;
  }
}
