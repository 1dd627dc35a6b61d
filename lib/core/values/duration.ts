import { InfiniticError } from "./errors.ts";
import { show } from "./show.ts";

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const PART = /(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)/g;

/** A length of time: milliseconds, or a text such as `"8h"`, `"1m 30s"`, `"250ms"` (units ms, s, m, h, d, w). */
export type Duration = number | string;

/** The longest timeout, and the longest delay of a retry: ten years. A longer one is a mistake. */
export const LONGEST_MS = 3_650 * UNITS.d;

/**
 * Converts a duration to whole milliseconds.
 *
 * @throws InfiniticError `INVALID_OPTION` when it is no finite number and no such text
 * @example
 * toMs("1m 30s"); // 90000
 */
export function toMs(duration: Duration): number {
  if (typeof duration === "number" && Number.isFinite(duration)) return Math.round(duration);
  if (typeof duration === "string" && duration.replace(PART, "").trim() === "" && duration.trim() !== "") {
    let sum = 0;
    for (const [, count, unit] of duration.matchAll(PART))
      sum += Number(count) * UNITS[unit as keyof typeof UNITS];
    if (Number.isFinite(sum)) return Math.round(sum);
  }
  throw new InfiniticError(
    "INVALID_OPTION",
    `expected a duration in milliseconds or a text such as "8h" or "1m 30s", got ${show(duration)}`,
  );
}

/**
 * Converts a timeout to whole milliseconds.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function toTimeoutMs(timeout: Duration): number {
  const ms = toMs(timeout);
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  throw new InfiniticError(
    "INVALID_OPTION",
    `expected a timeout above 0 and of at most ten years, got ${show(timeout)}`,
  );
}
