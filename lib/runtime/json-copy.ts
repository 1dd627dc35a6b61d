import { InfiniticError } from "../core/values/errors.ts";
import type { Json } from "../core/values/json.ts";
import { checkSize } from "../core/values/payload.ts";
import { textOfThrown } from "../core/values/thrown.ts";

/** Copies a JSON value, so that code that changes it does not change history. */
export function copyJson<T extends Json | undefined>(value: T): T {
  return typeof value === "object" && value !== null ? (JSON.parse(JSON.stringify(value)) as T) : value;
}

/** Copies a JSON value into one that cannot be changed. */
export function frozenJson<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_key, part) => Object.freeze(part)) as T;
}

/**
 * Converts a value to JSON, as `JSON.stringify` does; undefined stays undefined.
 *
 * @throws InfiniticError `DEFERRED_NOT_SERIALIZABLE`, `INVALID_ARGUMENT` (a BigInt, a cycle), `PAYLOAD_TOO_LARGE`
 */
export function toJson(value: unknown, what: string): Json | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) checkSize(text, what);
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  } catch (cause) {
    if (cause instanceof InfiniticError) throw cause;
    throw new InfiniticError(
      "INVALID_ARGUMENT",
      `expected ${what} to be a JSON value, got ${textOfThrown(cause)}`,
      { cause },
    );
  }
}

/** Converts arguments to JSON; an undefined one becomes null, as in any JSON array. */
export function argsToJson(args: readonly unknown[], what: string): readonly Json[] {
  const json = args.map((arg, index) => toJson(arg, `argument ${index} of ${what}`) ?? null);
  if (args.length > 1) checkSize(JSON.stringify(json), `the arguments of ${what}`);
  return json;
}
