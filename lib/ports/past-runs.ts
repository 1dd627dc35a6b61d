import type { Consumed, InstanceKey } from "./state-store.ts";

/**
 * Which starts of an id have had their effect, and in which run: the one that the start began, or one that lived when
 * it came. Delivered again, such a start does nothing in any other run.
 *
 * Guaranteed: a start whose `add` was answered before `find` was called is found, until it expires.
 *
 * @throws InfiniticError `STORE_THROTTLED`, `STORE_UNAVAILABLE`: do it again
 */
export interface PastRuns {
  /**
   * Adding a start again replaces what was known of it.
   *
   * @param start the start's message id, which is the run that it would begin
   * @param run the one it had its effect in
   * @param expiresAt epoch seconds, whole, from which on the start is forgotten
   */
  add(key: InstanceKey, start: string, run: string, expiresAt: number): Promise<Consumed>;
  /** Gives the run that a start had its effect in; none if it has had none. */
  find(key: InstanceKey, start: string): Promise<Consumed & { readonly run?: string }>;
}
