import type { Consumed } from "./state-store.ts";

/**
 * What a caller's key was first used for. A key is an operation on an address and the caller's Idempotency-Key in one
 * text; what it was used for is a fingerprint, which is not the body and does not tell it.
 *
 * Guaranteed: of all claims of one key, by whichever process, each is answered with the fingerprint of the first, until
 * that expires.
 *
 * @throws InfiniticError `STORE_THROTTLED`, `STORE_UNAVAILABLE`: the key may be claimed, do it again
 */
export interface IdempotencyKeys {
  /**
   * Gives the fingerprint that the key was first claimed with: the given one, if this is the first claim.
   *
   * @param key 1 to 1,000 characters
   * @param expiresAt epoch seconds, whole, from which on this claim is forgotten
   */
  claim(
    key: string,
    fingerprint: string,
    expiresAt: number,
  ): Promise<Consumed & { readonly fingerprint: string }>;
  /** Tells whether a key is claimed. */
  has(key: string): Promise<Consumed & { readonly isClaimed: boolean }>;
}
