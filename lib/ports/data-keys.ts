/** A key that encrypts values, and the same key encrypted: that travels with what it has encrypted. */
export interface DataKey {
  /** 32 bytes. Never stored, never sent. */
  readonly plain: Uint8Array;
  /** What only the keeper of the master key makes a key of again; at most 64 KB. */
  readonly wrapped: Uint8Array;
}

/**
 * Makes keys for values, under a master key that never leaves its keeper.
 *
 * Guaranteed: what was wrapped is unwrapped as long as the master key exists, whatever it was rotated to since.
 *
 * @throws InfiniticError `ENCRYPTION_KEY_UNAVAILABLE`: denied, disabled or not reached, try again later
 */
export interface DataKeys {
  /** Makes a key that nobody has had before. */
  generate(): Promise<DataKey>;
  /** @throws InfiniticError `DECRYPTION_FAILED`: no key was ever wrapped like this */
  unwrap(wrapped: Uint8Array): Promise<Uint8Array>;
}
