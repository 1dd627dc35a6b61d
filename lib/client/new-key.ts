import { oneTimeKey } from "../core/ids.ts";

/** Makes the Idempotency-Key of one call, which its retries share. */
export function newKey(): string {
  return oneTimeKey(crypto.randomUUID());
}
