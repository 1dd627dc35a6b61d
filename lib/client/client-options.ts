import type { Interceptor } from "../core/values/intercept.ts";
import { startTimer } from "../core/values/long-timer.ts";
import type { WritableHeaders } from "../core/values/message-headers.ts";

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
  /** Code around each call of the API, the first one outermost. Default: none. */
  readonly interceptors?: readonly ClientInterceptor[];
}

/** A call of the API. */
export interface ClientCall {
  readonly method: "GET" | "POST";
  /** From `/workflows` on, encoded. */
  readonly path: string;
  /** What travels with what the call sends: to the workflow, and on to what that sends. GET sends nothing. */
  readonly headers: WritableHeaders;
}

/** What the API has answered. */
export interface ClientAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Code around each call of the API, repetitions and waits included. `next` makes the call: it gives the answer, or
 * throws what the caller would get.
 *
 * @example
 * const tenants: ClientInterceptor = (call, next) => {
 *   call.headers["tenant"] = "acme";
 *   return next();
 * };
 */
export type ClientInterceptor = Interceptor<ClientCall, Promise<ClientAnswer>>;

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
