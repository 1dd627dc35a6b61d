/** A longer timer of a platform's fires at once: its milliseconds are 32 bits. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The timers of a platform. */
export interface Timers<T> {
  readonly start: (act: () => void, ms: number) => T;
  readonly stop: (timer: T) => void;
}

/**
 * Starts a timer of any length, piece by piece; one of `Infinity` never fires.
 *
 * @returns what stops it
 * @example
 * const stop = startTimer(toMs("30d"), onTimeout, { start: setTimeout, stop: clearTimeout });
 */
export function startTimer<T>(ms: number, act: () => void, { start, stop }: Timers<T>): () => void {
  let timer: T;
  const wait = (leftMs: number): void => {
    const pieceMs = Math.min(leftMs, LONGEST_TIMER_MS);
    timer = start(() => (leftMs > pieceMs ? wait(leftMs - pieceMs) : act()), pieceMs);
  };
  wait(ms);
  return () => stop(timer);
}
