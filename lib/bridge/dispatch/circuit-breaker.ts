import type { Clock } from "../../ports/clock.ts";
import type { InvokeOutcome } from "../../ports/function-invoker.ts";
import type { Backoff } from "../backoff.ts";
import type { HealthIssues } from "../health-issues.ts";
import { Concurrency, type Slot } from "./concurrency.ts";
import { invocationError } from "./invocation-error.ts";

/** The right to one invocation. */
export interface Pass {
  readonly own: Slot;
  readonly overall: Slot;
}

/** Refusals of two functions within this time tell of a limit that they share. */
const SHARED_REFUSAL_MS = 1_000;

/** The limit on all functions together. */
export class OverallLimit {
  readonly concurrency: Concurrency;
  readonly #clock: Clock;
  #lastRefused: { readonly functionName: string; readonly at: number } | undefined = undefined;
  #waiting = new Set<() => void>();

  constructor(options: { readonly maxConcurrency: number; readonly clock: Clock }) {
    this.concurrency = new Concurrency(options.maxConcurrency);
    this.#clock = options.clock;
  }

  /** Calls back once when something may have changed. */
  whenChanged(callback: () => void): void {
    this.#waiting.add(callback);
  }

  /** Tells those who wait; another one first each time, so that no route takes every turn. */
  changed(): void {
    if (this.#waiting.size === 0) return;
    const [first, ...rest] = this.#waiting;
    this.#waiting = new Set();
    for (const callback of rest) callback();
    first?.();
  }

  /** True when the refusal seems to be about all functions, not about this one. */
  isShared(functionName: string): boolean {
    const last = this.#lastRefused;
    const at = this.#clock.now();
    this.#lastRefused = { functionName, at };
    return last !== undefined && last.functionName !== functionName && at - last.at <= SHARED_REFUSAL_MS;
  }
}

/**
 * Decides when one function may be invoked: adapts concurrency to refusals (429), and pauses, with backoff, a
 * function that is refused, out of reach or misconfigured. After a pause of the latter kind one invocation
 * tries the ground.
 */
export class CircuitBreaker {
  readonly #functionName: string;
  readonly #concurrency: Concurrency;
  readonly #overall: OverallLimit;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #healthIssues: HealthIssues;
  readonly #stopping: AbortSignal;
  #failures = 0;
  #isTrying = false;
  #isPaused = false;

  constructor(options: {
    readonly functionName: string;
    readonly maxConcurrency: number;
    readonly overall: OverallLimit;
    readonly clock: Clock;
    readonly backoff: Backoff;
    readonly healthIssues: HealthIssues;
    readonly stopping: AbortSignal;
  }) {
    this.#functionName = options.functionName;
    this.#concurrency = new Concurrency(options.maxConcurrency);
    this.#overall = options.overall;
    this.#clock = options.clock;
    this.#backoff = options.backoff;
    this.#healthIssues = options.healthIssues;
    this.#stopping = options.stopping;
  }

  get isOpen(): boolean {
    if (this.#isPaused || !this.#overall.concurrency.isOpen) return false;
    return this.#isTrying ? this.#concurrency.running === 0 : this.#concurrency.isOpen;
  }

  get limit(): number {
    return this.#concurrency.limit;
  }

  whenChanged(callback: () => void): void {
    this.#overall.whenChanged(callback);
  }

  enter(): Pass {
    return { own: this.#concurrency.enter(), overall: this.#overall.concurrency.enter() };
  }

  leave(pass: Pass, outcome: InvokeOutcome): void {
    switch (outcome.kind) {
      case "throttled":
        this.#concurrency.leave(pass.own, "refused");
        this.#overall.concurrency.leave(
          pass.overall,
          this.#overall.isShared(this.#functionName) ? "refused" : "other",
        );
        this.#pause();
        break;
      case "unavailable":
      case "misconfigured":
        this.#concurrency.leave(pass.own, "other");
        this.#overall.concurrency.leave(pass.overall, "other");
        this.#isTrying = true;
        this.#pause();
        this.#healthIssues.raise({
          subject: `function:${this.#functionName}`,
          message: String(invocationError(this.#functionName, outcome)),
          attempts: this.#failures,
        });
        break;
      default:
        this.#concurrency.leave(pass.own, "answered");
        this.#overall.concurrency.leave(pass.overall, "answered");
        this.#failures = 0;
        this.#isTrying = false;
        this.#healthIssues.clear(`function:${this.#functionName}`);
    }
    this.#overall.changed();
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#failures += 1;
    this.#clock.sleep(this.#backoff.delayMs(this.#failures), this.#stopping).then(
      () => {
        this.#isPaused = false;
        this.#overall.changed();
      },
      () => undefined,
    );
  }
}
