import { type Duration, LONGEST_MS, toMs } from "./duration.ts";
import { InfiniticError } from "./errors.ts";
import type { Failure } from "./failure.ts";
import { checkKeys } from "./option-keys.ts";
import { show } from "./show.ts";

/** What a retry policy is told about an attempt that failed. */
export interface FailedAttempt {
  /** 0 for the first attempt, counting up in a sequence. */
  readonly attempt: number;
  readonly failure: Failure;
}

/** Decides: milliseconds until the next attempt (0 or less: at once), or undefined to give up. */
export type RetryPolicy = (failed: FailedAttempt, random: () => number) => number | undefined;

/**
 * Asks a policy about a failed attempt.
 *
 * @returns whole milliseconds until the next one, or undefined when it gives up
 * @throws InfiniticError `INVALID_RETRY_DELAY` for whatever it gives that is no delay; what the policy throws
 */
export function askPolicy(
  policy: RetryPolicy,
  { attempt, failure }: FailedAttempt,
  random: () => number,
): number | undefined {
  // A copy: what the policy does to it is not what the workflow is told.
  const given: unknown = policy({ attempt, failure: structuredClone(failure) }, random);
  if (given === undefined) return undefined;
  if (typeof given === "number" && Math.abs(given) <= LONGEST_MS) return Math.max(0, Math.round(given));
  if (given instanceof Promise) given.catch(() => undefined); // that it rejects concerns nobody
  throw new InfiniticError(
    "INVALID_RETRY_DELAY",
    `expected the retry policy to give milliseconds, of at most ten years, or undefined, got ${show(given)}`,
  );
}

export interface BackoffOptions {
  /** First delay. Default: 1 s. */
  readonly minDelay?: Duration;
  /** Longest delay before jitter. Default: 1,000 times the first. */
  readonly maxDelay?: Duration;
  /** What each delay is multiplied by to give the next. Default: 2. */
  readonly factor?: number;
  /** Share of the delay that varies at random, 0 to 1. Default: 0.5, half to one and a half times. */
  readonly jitter?: number;
  /** Attempts after the first. Default: 11. */
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
  const minDelayMs = checkRange("minDelay", toMs(options.minDelay ?? 1_000), 0, LONGEST_MS);
  const longestMs = Math.min(LONGEST_MS, minDelayMs * 1_000);
  const maxDelayMs = checkRange("maxDelay", toMs(options.maxDelay ?? longestMs), 0, LONGEST_MS);
  const factor = checkRange("factor", options.factor ?? 2, 1, 1_000);
  const jitter = checkRange("jitter", options.jitter ?? 0.5, 0, 1);
  const maxRetries = checkRange("maxRetries", options.maxRetries ?? 11, 0, Number.MAX_SAFE_INTEGER);
  const nonRetryable = checkNames(options.nonRetryable ?? []);
  return ({ attempt, failure }, random) => {
    if (attempt >= maxRetries || nonRetryable.includes(failure.name)) return undefined;
    const delayMs = Math.min(maxDelayMs, minDelayMs * Math.min(factor ** attempt, Number.MAX_VALUE));
    return Math.min(LONGEST_MS, Math.round(delayMs * (1 + jitter * (2 * random() - 1))));
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
 * serviceFunction(Forecasts, service, { retry: noRetry })
 */
export const noRetry: RetryPolicy = () => undefined;

function checkRange(name: string, value: number, least: number, most: number): number {
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw new InfiniticError(
    "INVALID_OPTION",
    `expected ${name} between ${least} and ${most}, got ${show(value)}`,
  );
}

function checkNames(names: readonly string[]): readonly string[] {
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return [...names];
  throw new InfiniticError(
    "INVALID_OPTION",
    `expected nonRetryable to be names of errors, got ${show(names)}`,
  );
}
