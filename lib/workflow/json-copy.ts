import { InfiniticError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { MAX_VALUE_CHARACTERS } from "../core/limits.ts";

/** Copies a JSON value, so that code that changes it does not change history. */
export function copyJson<T extends Json | undefined>(value: T): T {
  return typeof value === "object" && value !== null ? (JSON.parse(JSON.stringify(value)) as T) : value;
}

/**
 * Converts a value to JSON, as `JSON.stringify` does; undefined stays undefined.
 *
 * @throws InfiniticError `DEFERRED_NOT_SERIALIZABLE`, `INVALID_ARGUMENT` (a BigInt, a cycle, too large)
 */
export function toJson(value: unknown, what: string): Json | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  try {
    const text = JSON.stringify(value) as string | undefined;
    checkSize(text?.length ?? 0, what);
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  } catch (cause) {
    if (cause instanceof InfiniticError) throw cause;
    throw new InfiniticError(
      "INVALID_ARGUMENT",
      `expected ${what} to be a JSON value, got ${String(cause)}`,
      { cause },
    );
  }
}

/** Converts arguments to JSON; an undefined one becomes null, as in any JSON array. */
export function argsToJson(args: readonly unknown[], what: string): readonly Json[] {
  const json = args.map((arg, index) => toJson(arg, `argument ${index} of ${what}`) ?? null);
  if (args.length > 1) checkSize(JSON.stringify(json).length, `the arguments of ${what}`);
  return json;
}

function checkSize(characters: number, what: string): void {
  if (characters <= MAX_VALUE_CHARACTERS) return;
  throw new InfiniticError(
    "INVALID_ARGUMENT",
    `expected ${what} to be at most ${MAX_VALUE_CHARACTERS} characters of JSON, got ${characters}`,
  );
}
