import type { Consumed, InstanceKey } from "./state-store.ts";

/** A run that a start had its effect in. */
export interface PastRun {
  readonly run: string;
  readonly outcome?: Uint8Array;
}

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
   * @param outcome how the run ended, in bytes that mean nothing here: at most 256 KB
   */
  add(
    key: InstanceKey,
    start: string,
    run: string,
    expiresAt: number,
    outcome?: Uint8Array,
  ): Promise<Consumed>;
  /** Gives the run that a start had its effect in, and how that ended, if this was told; none if it has had none. */
  find(key: InstanceKey, start: string): Promise<Consumed & Partial<PastRun>>;
}
