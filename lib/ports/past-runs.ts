import type { Consumed, InstanceKey } from "./state-store.ts";

/**
 * Which starts of an id have had their effect, by the run that each would begin: the run has lived, or another one did
 * and the start began nothing. Delivered again, it begins nothing either.
 *
 * Guaranteed: a run whose `add` was answered before `has` was called is past, until it expires.
 *
 * @throws InfiniticError `STORE_THROTTLED`, `STORE_UNAVAILABLE`: do it again
 */
export interface PastRuns {
  /**
   * Adding a run again only changes when it expires.
   *
   * @param expiresAt epoch seconds, whole, from which on the run is forgotten
   */
  add(key: InstanceKey, run: string, expiresAt: number): Promise<Consumed>;
  has(key: InstanceKey, run: string): Promise<Consumed & { readonly isPast: boolean }>;
}
