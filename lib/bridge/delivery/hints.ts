import { LRUCache } from "lru-cache";
import type { Hint, KeyReply, Published } from "../../core/protocol/invocation.ts";

/** What is known of one key. */
export interface Known {
  readonly hint?: Hint;
  /** Outbox entries published since the state that the function last committed. */
  readonly published?: Published;
}

/** What an entry costs beside its texts: an estimate. */
const ENTRY_BYTES = 200;

/**
 * What the bridge remembers of keys: the local cache of their states. Guesses all, so forgetting any is safe
 * (I2): the least recently used go first, so that all take at most `maxBytes`.
 */
export class Hints {
  readonly #known: LRUCache<string, Known>;

  constructor(maxBytes: number) {
    this.#known = new LRUCache({ maxSize: Math.max(1, maxBytes), sizeCalculation: bytesOf });
  }

  get bytes(): number {
    return this.#known.calculatedSize;
  }

  get(topic: string, key: string): Known | undefined {
    return this.#known.get(`${topic} ${key}`);
  }

  /** Takes over a reply whose emits all have receipts; `sent` is what the function was told. */
  update(topic: string, key: string, reply: KeyReply | undefined, sent: Known | undefined): void {
    const known = this.get(topic, key);
    const published = merge(
      reply === undefined || isUnchanged(reply.hint, sent)
        ? known?.published
        : without(known?.published, sent?.published),
      reply?.entries,
    );
    this.#set(topic, key, {
      ...(reply?.hint === undefined ? {} : { hint: reply.hint }),
      ...(published === undefined ? {} : { published }),
    });
  }

  /** Forgets the state, which may be what went wrong, but not what was published. */
  forgetHint(topic: string, key: string): void {
    const published = this.get(topic, key)?.published;
    this.#set(topic, key, published === undefined ? {} : { published });
  }

  #set(topic: string, key: string, known: Known): void {
    const name = `${topic} ${key}`;
    if (known.hint === undefined && known.published === undefined) this.#known.delete(name);
    else this.#known.set(name, known);
  }
}

function bytesOf({ hint, published }: Known, name: string): number {
  return ENTRY_BYTES + name.length + (hint?.state.length ?? 0) + 8 * (published?.entries.length ?? 0);
}

/** True when the function committed nothing: what it was told is not in the state yet. */
function isUnchanged(hint: Hint | undefined, sent: Known | undefined): boolean {
  return hint !== undefined && hint.v === sent?.hint?.v;
}

function without(known: Published | undefined, sent: Published | undefined): Published | undefined {
  if (known === undefined || sent === undefined || known.run !== sent.run) return known;
  const entries = known.entries.filter((entry) => !sent.entries.includes(entry));
  return entries.length === 0 ? undefined : { run: known.run, entries };
}

function merge(known: Published | undefined, added: Published | undefined): Published | undefined {
  if (added === undefined || added.entries.length === 0) return known;
  if (known === undefined || known.run !== added.run) return added;
  return { run: added.run, entries: [...new Set([...known.entries, ...added.entries])] };
}
