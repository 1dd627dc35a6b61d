import { Cipher } from "../adapters/encryption/cipher.ts";
import { KmsDataKeys } from "../adapters/kms/data-keys.ts";
import { MemoryDataKeys } from "../adapters/memory/data-keys.ts";
import { systemClock } from "../adapters/system-clock.ts";

/** Instead of a key's ARN, in local systems: their data keys are made of the text that follows. */
const LOCAL = "local:";

/**
 * Makes what encrypts values, with data keys of the KMS key in `INFINITIC_KMS_KEY`; undefined where there is none: then
 * nothing is encrypted.
 */
export function openCipher(): Cipher | undefined {
  const keyId = process.env["INFINITIC_KMS_KEY"];
  if (!keyId) return undefined;
  const dataKeys = keyId.startsWith(LOCAL)
    ? new MemoryDataKeys({ text: keyId.slice(LOCAL.length) })
    : new KmsDataKeys({ keyId });
  return new Cipher({ dataKeys, clock: systemClock });
}
