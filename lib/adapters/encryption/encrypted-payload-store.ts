import zlib from "node:zlib"; // as a whole: lib/node-version.ts says why
import type { RunKey } from "../../core/values/ids.ts";
import { type PayloadReference, parsePayloadKey, payloadKey } from "../../core/values/payload.ts";
import type { PayloadStore } from "../../ports/payload-store.ts";
import type { Cipher } from "./cipher.ts";

/** What an encrypted payload begins with: no JSON does. */
const MARK = "encrypted:";

const LEVEL = { params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } };

/**
 * Keeps payloads encrypted in another store. The same text put again is another payload, because its ciphertext is.
 *
 * @example
 * const store = new EncryptedPayloadStore({ store: new S3PayloadStore({ bucket }), cipher });
 */
export class EncryptedPayloadStore implements PayloadStore {
  readonly #store: PayloadStore;
  readonly #cipher: Cipher;

  constructor({ store, cipher }: { readonly store: PayloadStore; readonly cipher: Cipher }) {
    this.#store = store;
    this.#cipher = cipher;
  }

  async put(run: RunKey, text: string): Promise<PayloadReference> {
    const content = Buffer.from(text);
    const envelope = await this.#cipher.encrypt(zlib.zstdCompressSync(content, LEVEL), payloadPlace(run));
    const { key } = await this.#store.put(run, MARK + Buffer.from(envelope).toString("base64"));
    return { key, bytes: content.length };
  }

  async get(key: string): Promise<string> {
    const text = await this.#store.get(key);
    const run = parsePayloadKey(key);
    if (!run || !text.startsWith(MARK)) return text;
    const envelope = Buffer.from(text.slice(MARK.length), "base64");
    return zlib.zstdDecompressSync(await this.#cipher.decrypt(envelope, payloadPlace(run))).toString();
  }

  deleteRun(run: RunKey): Promise<void> {
    return this.#store.deleteRun(run);
  }
}

function payloadPlace(run: RunKey): string {
  return `payload:${payloadKey(run, "")}`;
}
