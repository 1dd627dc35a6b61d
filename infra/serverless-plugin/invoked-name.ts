import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { DeployedFunction } from "./serverless.ts";

/** The alias that the framework makes of a function with provisioned concurrency: only whoever invokes it has that. */
const ALIAS = "provisioned";

/** What a function is invoked as: by its name, or by the alias that keeps sandboxes ready. */
export function invokedName({ name, provisionedConcurrency }: DeployedFunction): string {
  return provisionedConcurrency ? `${name}:${ALIAS}` : name;
}

/**
 * Refuses to deploy a function alone where its alias would stay with the code of before.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function refuseAlias(key: string, { provisionedConcurrency }: DeployedFunction): void {
  if (!provisionedConcurrency) return;
  throw new InfiniticError(
    "INVALID_OPTION",
    `function ${key}: expected one without provisionedConcurrency, as it is invoked by an alias, which only the deployment of the whole service moves (serverless deploy); got one with it`,
  );
}
