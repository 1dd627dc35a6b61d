/** Who carries messages in a slot, or carried them last. */
export interface Lease {
  readonly owner: string;
  /** `closing`: about to leave, so whoever has work had better start another; `free`: nobody. */
  readonly state: "running" | "closing" | "free";
  /** Epoch milliseconds; renewed while its owner lives, and anybody's to take from then on. */
  readonly expiresAt: number;
  /** Instants, in epoch milliseconds, at which delayed messages are known to be due: the first of each minute. */
  readonly dues: readonly number[];
}

/**
 * The slots in which bridges run, one lease each.
 *
 * Guaranteed: of several that replace the same lease at once, one succeeds; a read sees every write that was answered
 * before it began. Not guaranteed: that an owner is alone. A lease saves money; nothing is safe because of it (I7).
 *
 * @throws InfiniticError `STORE_THROTTLED`, `STORE_UNAVAILABLE`: nothing is known, try again later
 */
export interface LeaseStore {
  /** The slot's lease; undefined before the first. Consistent. */
  read(slot: number): Promise<Lease | undefined>;
  /** Replaces the slot's lease if it is still this owner's (undefined: if there is none); false if it is not. */
  replace(slot: number, owner: string | undefined, next: Lease): Promise<boolean>;
}
