/** The world's time. Tests push one by hand. */
export interface Clock {
  /** Epoch milliseconds. Neither monotonic nor equal on two machines. */
  now(): number;
  /**
   * Resolves after at least `ms` milliseconds; rejects with the signal's reason when it aborts.
   *
   * @param looksUntil epoch milliseconds, of one who only looks whether something has come, again and again until
   * then: a clock that is pushed need not stop for it in vain
   */
  sleep(ms: number, signal?: AbortSignal, looksUntil?: number): Promise<void>;
}
