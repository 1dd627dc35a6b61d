import type { Consumed, InstanceKey } from "./state-store.ts";

/**
 * Which runs of an id have lived and ended, so that a late start of one of them does not begin it again.
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
