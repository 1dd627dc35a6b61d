import { type Duration, toMs } from "./duration.ts";
import { InfiniticError } from "./errors.ts";
import type { Failure } from "./failure.ts";

/** What a retry policy is told about an attempt that failed. */
export interface FailedAttempt {
  /** 0 for the first attempt, counting up in a sequence. */
  readonly attempt: number;
  readonly failure: Failure;
}

/** Decides: milliseconds until the next attempt (0 or less: at once), or undefined to give up. */
export type RetryPolicy = (failed: FailedAttempt, random: () => number) => number | undefined;

export interface BackoffOptions {
  /** First delay; 1 s unless told. */
  readonly minDelay?: Duration;
  /** Longest delay before jitter; 1,000 times the first unless told. */
  readonly maxDelay?: Duration;
  /** What each delay is multiplied by to give the next; 2 unless told. */
  readonly factor?: number;
  /** Share of the delay that varies at random, 0 to 1; 0.5 unless told: half to one and a half times. */
  readonly jitter?: number;
  /** Attempts after the first; 11 unless told. */
  readonly maxRetries?: number;
  /** Names of errors that are not retried. */
  readonly nonRetryable?: readonly string[];
}

const BACKOFF_KEYS = ["minDelay", "maxDelay", "factor", "jitter", "maxRetries", "nonRetryable"];

/**
 * Retries with delays that grow: `min(maxDelay, minDelay × factor^attempt)`, times a random share around 1.
 *
 * @throws InfiniticError `INVALID_OPTION`
 * @example
 * export const handler = serviceFunction(Payments, new CardPayments(), {
 *   retry: exponentialBackoff({ maxRetries: 5 }),
 *   timeout: "20s",
 * });
 */
export function exponentialBackoff(options: BackoffOptions = {}): RetryPolicy {
  checkKeys(options, BACKOFF_KEYS);
  const minDelayMs = checkDelay("minDelay", toMs(options.minDelay ?? 1_000));
  const maxDelayMs = checkDelay("maxDelay", toMs(options.maxDelay ?? minDelayMs * 1_000));
  const factor = checkRange("factor", options.factor ?? 2, 1, 1_000);
  const jitter = checkRange("jitter", options.jitter ?? 0.5, 0, 1);
  const maxRetries = checkRange("maxRetries", options.maxRetries ?? 11, 0, Number.MAX_SAFE_INTEGER);
  const nonRetryable = options.nonRetryable ?? [];
  return ({ attempt, failure }, random) => {
    if (attempt >= maxRetries || nonRetryable.includes(failure.name)) return undefined;
    const delayMs = Math.min(maxDelayMs, minDelayMs * Math.min(factor ** attempt, Number.MAX_VALUE));
    return Math.round(delayMs * (1 + jitter * (2 * random() - 1)));
  };
}

/**
 * Retries with one and the same delay.
 *
 * @throws InfiniticError `INVALID_OPTION`
 * @example
 * serviceFunction(Forecasts, service, { retry: fixedDelay("10s", { maxRetries: 3 }) })
 */
export function fixedDelay(delay: Duration, options: { readonly maxRetries?: number } = {}): RetryPolicy {
  checkKeys(options, ["maxRetries"]);
  return exponentialBackoff({ minDelay: delay, maxDelay: delay, factor: 1, jitter: 0, ...options });
}

/**
 * Never retries.
 *
 * @example
 * serviceFunction(Forecasts, service, { retry: none })
 */
export const none: RetryPolicy = () => undefined;

function checkKeys(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  if (unknown.length === 0) return;
  throw new InfiniticError(
    "INVALID_OPTION",
    `expected options ${known.join(", ")}, got ${unknown.join(", ")}`,
  );
}

function checkDelay(name: string, delayMs: number): number {
  return checkRange(name, delayMs, 0, Number.MAX_SAFE_INTEGER);
}

function checkRange(name: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new InfiniticError("INVALID_OPTION", `expected ${name} between ${least} and ${most}, got ${value}`);
}
