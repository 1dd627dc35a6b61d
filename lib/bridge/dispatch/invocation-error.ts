import { InfiniticError } from "../../core/values/errors.ts";
import type { InvokeOutcome } from "../../ports/function-invoker.ts";

/** Tells why a function did not do what it was invoked for: by the catalogue, with its name and what the platform said. */
export function invocationError(functionName: string, outcome: InvokeOutcome): InfiniticError {
  const got = "message" in outcome ? outcome.message : outcome.kind;
  return new InfiniticError(
    outcome.kind === "misconfigured" ? "MISCONFIGURED" : "FUNCTION_UNAVAILABLE",
    `expected function ${functionName} to be invoked, got ${got}`,
  );
}
