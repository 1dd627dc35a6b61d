import { InfiniticError } from "./errors.ts";

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const PART = /(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)/g;

/** A length of time: milliseconds, or a text such as `"8h"`, `"1m 30s"`, `"250ms"` (units ms, s, m, h, d, w). */
export type Duration = number | string;

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
    return Math.round(sum);
  }
  const got = typeof duration === "string" ? JSON.stringify(duration) : String(duration);
  throw new InfiniticError(
    "INVALID_OPTION",
    `expected a duration in milliseconds or a text such as "8h" or "1m 30s", got ${got}`,
  );
}
