import { LRUCache } from "lru-cache";
import type { Clock } from "../../ports/clock.ts";
import type { DataKey, DataKeys } from "../../ports/data-keys.ts";

/** How long and how often a data key is used. */
export interface KeyLimits {
  /** Milliseconds after which neither a key of one's own nor another's is used without asking its keeper again. */
  readonly maxAgeMs: number;
  /** Values that one key encrypts. With random nonces AES-GCM bears 4 billion. */
  readonly maxUses: number;
  /** Keys of others that are remembered. */
  readonly maxKeys: number;
}

export const KEY_LIMITS: KeyLimits = { maxAgeMs: 3_600_000, maxUses: 1_000_000, maxKeys: 1_000 };

/** A data key in use. */
interface KeyInUse {
  readonly key: Promise<DataKey>;
  readonly since: number;
  uses: number;
}

/** A key of another, as it is when its keeper has unwrapped it. */
interface Unwrapped {
  readonly plain: Promise<Uint8Array>;
  readonly since: number;
}

/** Asks the keeper of the master key as seldom as it may. */
export class DataKeyCache {
  readonly #dataKeys: DataKeys;
  readonly #clock: Clock;
  readonly #limits: KeyLimits;
  #current: KeyInUse | undefined;
  /** By wrapped key. */
  readonly #unwrapped: LRUCache<string, Unwrapped>;

  constructor(options: {
    readonly dataKeys: DataKeys;
    readonly clock: Clock;
    readonly limits?: Partial<KeyLimits>;
  }) {
    this.#dataKeys = options.dataKeys;
    this.#clock = options.clock;
    this.#limits = { ...KEY_LIMITS, ...options.limits };
    this.#unwrapped = new LRUCache({ max: this.#limits.maxKeys });
  }

  /**
   * The key to encrypt with now.
   *
   * @param uses how many values it is for
   */
  async current(uses: number): Promise<DataKey> {
    let current = this.#current;
    if (current === undefined || current.uses >= this.#limits.maxUses || this.#isOld(current.since)) {
      current = { key: this.#dataKeys.generate(), since: this.#clock.now(), uses: 0 };
      this.#current = current;
    }
    current.uses += uses;
    try {
      const key = await current.key;
      this.#unwrapped.set(nameOf(key.wrapped), { plain: Promise.resolve(key.plain), since: current.since });
      return key;
    } catch (error) {
      if (this.#current === current) this.#current = undefined;
      throw error;
    }
  }

  /** The key that a value was encrypted with. */
  async unwrap(wrapped: Uint8Array): Promise<Uint8Array> {
    const name = nameOf(wrapped);
    let known = this.#unwrapped.get(name);
    if (known === undefined || this.#isOld(known.since)) {
      known = { plain: this.#dataKeys.unwrap(wrapped), since: this.#clock.now() };
    }
    this.#unwrapped.set(name, known);
    try {
      return await known.plain;
    } catch (error) {
      if (this.#unwrapped.get(name) === known) this.#unwrapped.delete(name);
      throw error;
    }
  }

  #isOld(since: number): boolean {
    return this.#clock.now() - since >= this.#limits.maxAgeMs;
  }
}

function nameOf(wrapped: Uint8Array): string {
  return Buffer.from(wrapped.buffer, wrapped.byteOffset, wrapped.byteLength).toString("base64");
}
