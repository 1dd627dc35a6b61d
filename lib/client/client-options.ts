import { startTimer } from "../core/values/long-timer.ts";

/** Headers by name. */
export type ClientHeaders = { readonly [name: string]: string };

/** The time that a client goes by. */
export interface ClientClock {
  /** Epoch milliseconds. */
  now(): number;
  /**
   * Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts.
   *
   * @param looksUntil epoch milliseconds, of one who only looks whether something has come, again and again until
   * then: the clock of a test need not stop for it in vain
   */
  sleep(ms: number, signal?: AbortSignal, looksUntil?: number): Promise<void>;
}

/** How a client reaches the API. */
export interface ClientOptions {
  /** Where the API is, with its base path if it has one. */
  readonly url: string | URL;
  /** The value of the Authorization header, or what gives it for each request. */
  readonly auth?: string | (() => string | Promise<string>);
  /** Sent along with each request. */
  readonly headers?: ClientHeaders;
  /** Default: the platform's own. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Default: the machine's own. */
  readonly clock?: ClientClock;
}

/** The machine's time. */
export const machineClock: ClientClock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const abort = (): void => {
        stop();
        reject(signal?.reason);
      };
      const wake = (): void => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      // Looked up now: a test may have replaced them.
      const stop = startTimer(ms, wake, {
        start: (act, pieceMs) => setTimeout(act, pieceMs),
        stop: (timer) => clearTimeout(timer),
      });
      if (signal?.aborted) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    }),
};
