import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { DeployedFunction, Provider } from "./serverless.ts";

/** The first of Lambda's whose Node.js has what the package needs: lib/node-version.ts says what. */
const FIRST_RUNTIME = 22;

/**
 * Looks whether every function with a part of the system in it has a Node.js that is new enough. A handler of the user's
 * own may be of any language.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkRuntimes(
  members: readonly { readonly key: string; readonly kind: string }[],
  functions: { readonly [key: string]: DeployedFunction },
  provider: Provider,
): void {
  for (const { key, kind } of members) {
    const runtime = functions[key]?.runtime ?? provider.runtime;
    const [, version] = /^nodejs(\d+)\.x$/.exec(runtime ?? "") ?? [];
    if (kind === "handler" || version === undefined || Number(version) >= FIRST_RUNTIME) continue;
    const where = functions[key]?.runtime === undefined ? "provider.runtime" : `function ${key}`;
    throw new InfiniticError(
      "INVALID_OPTION",
      `${where}: expected runtime nodejs${FIRST_RUNTIME}.x or later, got ${runtime}`,
    );
  }
}
