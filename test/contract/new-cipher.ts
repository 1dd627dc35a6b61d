import { Cipher } from "../../lib/adapters/encryption/cipher.ts";
import { MemoryDataKeys } from "../../lib/adapters/memory/data-keys.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";

/** Makes what encrypts, as another process would that has the same master key. */
export function newCipher(): Cipher {
  return new Cipher({ dataKeys: new MemoryDataKeys({ text: "contract" }), clock: systemClock });
}
