/** The world's time. Tests push one by hand. */
export interface Clock {
  /** Epoch milliseconds. Neither monotonic nor equal on two machines. */
  now(): number;
  /** Resolves after at least `ms` milliseconds; rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
