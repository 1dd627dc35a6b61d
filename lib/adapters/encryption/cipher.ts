import type { Clock } from "../../ports/clock.ts";
import type { DataKeys } from "../../ports/data-keys.ts";
import { DataKeyCache, type KeyLimits } from "./data-key-cache.ts";
import { decryptWith, encryptWith, isEnvelope, readEnvelope } from "./envelope.ts";

/** Encrypts at once: its key is there. */
export type Encrypt = (bytes: Uint8Array, place: string) => Uint8Array;

/**
 * Encrypts values with AES-256-GCM, each under a data key that travels with it, itself encrypted. What stands at
 * another place than where it was encrypted for is not decrypted; what is not encrypted is left as it is, so that
 * values from before are read.
 *
 * @example
 * const cipher = new Cipher({ dataKeys: new KmsDataKeys({ keyId }), clock: systemClock });
 * const envelope = await cipher.encrypt(body, "state:Booking:42");
 * await cipher.decrypt(envelope, "state:Booking:42");
 */
export class Cipher {
  readonly #keys: DataKeyCache;

  constructor(options: {
    readonly dataKeys: DataKeys;
    readonly clock: Clock;
    readonly limits?: Partial<KeyLimits>;
  }) {
    this.#keys = new DataKeyCache(options);
  }

  /**
   * Gets a key first, so that nothing can go wrong later.
   *
   * @param uses how many values are about to be encrypted
   * @throws InfiniticError `ENCRYPTION_KEY_UNAVAILABLE`
   */
  async ready(uses: number): Promise<Encrypt> {
    const key = await this.#keys.current(uses);
    return (bytes, place) => encryptWith(key, bytes, place);
  }

  /** @throws InfiniticError `ENCRYPTION_KEY_UNAVAILABLE` */
  async encrypt(bytes: Uint8Array, place: string): Promise<Uint8Array> {
    return encryptWith(await this.#keys.current(1), bytes, place);
  }

  /** @throws InfiniticError `ENCRYPTION_KEY_UNAVAILABLE`, `DECRYPTION_FAILED` */
  async decrypt(bytes: Uint8Array, place: string): Promise<Uint8Array> {
    if (!isEnvelope(bytes)) return bytes;
    const envelope = readEnvelope(bytes);
    return decryptWith(await this.#keys.unwrap(envelope.wrapped), envelope, place);
  }
}
