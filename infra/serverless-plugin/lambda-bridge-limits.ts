import type { BridgeOptions } from "../../lib/bridge/options.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { Target } from "./targets.ts";

/** Beyond it a bridge that ends after fifteen minutes would do little but hand over. */
const LONGEST_TIMEOUT_MS = 300_000;
/** Lambda takes 4 KB of environment variables in all. */
const MAX_ROUTES_BYTES = 3_000;

/**
 * Refuses what a bridge in a Lambda cannot serve.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkLambdaBridge(bridge: BridgeOptions, targets: readonly Target[]): void {
  for (const { key, timeoutMs } of targets) {
    if (timeoutMs <= LONGEST_TIMEOUT_MS) continue;
    throw new InfiniticError(
      "INVALID_OPTION",
      `function ${key}: expected a timeout of at most ${LONGEST_TIMEOUT_MS / 1_000} s, which a bridge in a Lambda can serve, got ${timeoutMs / 1_000} s: run the bridge in a container, or delegate the task`,
    );
  }
  const bytes = Buffer.byteLength(JSON.stringify(bridge));
  if (bytes <= MAX_ROUTES_BYTES) return;
  throw new InfiniticError(
    "INVALID_OPTION",
    `function bridge: expected routes that fit a Lambda's environment (${MAX_ROUTES_BYTES} bytes), got ${bytes}: run the bridge in a container, or split the service`,
  );
}
