import { InfiniticError } from "../core/values/errors.ts";
import type { Clock } from "../ports/clock.ts";

/** The share of the timeout, and at most how many milliseconds, that an attempt has left once its signal has fired. */
const GRACE_SHARE = 0.1;
const MAX_GRACE_MS = 1_000;

/** The time that an attempt has, from now on. */
export class AttemptTimeout {
  readonly #controller = new AbortController();
  readonly #what: string;
  readonly #timeoutMs: number;
  readonly #deadline: number;
  readonly #clock: Clock;

  /** @param what is attempted, for the error */
  constructor(what: string, timeoutMs: number, clock: Clock) {
    this.#what = what;
    this.#timeoutMs = timeoutMs;
    this.#deadline = clock.now() + timeoutMs;
    this.#clock = clock;
  }

  /** Fires shortly before the time is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  readonly remainingMs = (): number => Math.max(0, this.#deadline - this.#clock.now());

  /**
   * Waits for a run, but no longer than the timeout: what ignores the signal is abandoned.
   *
   * @throws InfiniticError `ATTEMPT_TIMED_OUT`
   */
  async bound<T>(run: () => Promise<T>): Promise<T> {
    const graceMs = Math.min(MAX_GRACE_MS, this.#timeoutMs * GRACE_SHARE);
    const ended = new AbortController();
    const after = (ms: number, act: () => void): void => {
      this.#clock.sleep(ms, ended.signal).then(act, () => undefined); // it rejects once the attempt has ended
    };
    after(this.#timeoutMs - graceMs, () => this.#controller.abort(this.#timedOut()));
    const abandoned = new Promise<never>((_resolve, reject) => {
      after(this.#timeoutMs, () => reject(this.#timedOut()));
    });
    try {
      return await Promise.race([run(), abandoned]);
    } finally {
      ended.abort();
    }
  }

  #timedOut(): InfiniticError {
    return new InfiniticError(
      "ATTEMPT_TIMED_OUT",
      `expected ${this.#what} to end within ${this.#timeoutMs} ms, got no outcome`,
    );
  }
}
