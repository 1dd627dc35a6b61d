import { InfiniticError } from "./errors.ts";
import { show } from "./show.ts";

/**
 * Refuses options that are none, and unknown ones: a misspelled one would be none at all.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkKeys(options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) throw invalid(known, show(options));
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw invalid(known, unknown.join(", "));
}

function invalid(known: readonly string[], got: string): InfiniticError {
  return new InfiniticError("INVALID_OPTION", `expected options ${known.join(", ")}, got ${got}`);
}
