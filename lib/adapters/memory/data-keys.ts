import { createHash, randomBytes } from "node:crypto";
import type { DataKey, DataKeys } from "../../ports/data-keys.ts";
import { decryptWith, encryptWith, readEnvelope } from "../encryption/envelope.ts";

const PLACE = "data key";

/**
 * Wraps keys under a master key that is made of a text: for tests and local systems, whose processes share the text. It
 * keeps nobody out who knows it.
 *
 * @example
 * const dataKeys = new MemoryDataKeys({ text: "any" });
 */
export class MemoryDataKeys implements DataKeys {
  readonly #master: Uint8Array;

  constructor({ text }: { readonly text: string }) {
    this.#master = createHash("sha256").update(text).digest();
  }

  async generate(): Promise<DataKey> {
    const plain = randomBytes(32);
    const wrapped = encryptWith({ plain: this.#master, wrapped: new Uint8Array() }, plain, PLACE);
    return { plain, wrapped };
  }

  async unwrap(wrapped: Uint8Array): Promise<Uint8Array> {
    return decryptWith(this.#master, readEnvelope(wrapped), PLACE);
  }
}
