import { InfiniticError } from "../core/values/errors.ts";
import { checkKeys } from "../core/values/option-keys.ts";
import { show } from "../core/values/show.ts";

const KEYS = ["workflows", "services", "parts", "batchSize", "isListed", "wrap", "replay", "interceptors"];

/**
 * Refuses what a test system would ignore.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkSetup(setup: { readonly workflows: unknown; readonly replay?: unknown }): void {
  checkKeys(setup, KEYS);
  if (!Array.isArray(setup.workflows)) throw invalid("workflows to be a list", setup.workflows);
  const { replay = "as-needed" } = setup;
  if (replay !== "as-needed" && replay !== "always")
    throw invalid('replay to be "as-needed" or "always"', replay);
}

function invalid(expected: string, got: unknown): InfiniticError {
  return new InfiniticError("INVALID_OPTION", `expected ${expected}, got ${show(got)}`);
}
