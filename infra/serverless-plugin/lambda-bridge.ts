import { InfiniticError } from "../../lib/core/errors.ts";
import type { Plan } from "./plan.ts";
import type { DeployedFunction, Serverless } from "./serverless.ts";
import type { Target } from "./targets.ts";

/** As long as a Lambda may run, in seconds. */
const TIMEOUT = 900;
/** In MB: its work is waiting, and what little CPU it needs comes with memory. */
const MEMORY = 512;
/** Beyond it a bridge that ends after fifteen minutes would do little but hand over. */
const LONGEST_TIMEOUT_MS = 300_000;
/** Lambda takes 4 KB of environment variables in all. */
const MAX_ROUTES_BYTES = 3_000;

/**
 * Refuses what a bridge in a Lambda cannot serve.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkLambdaBridge({ bridge }: Pick<Plan, "bridge">, targets: readonly Target[]): void {
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

/** Makes the bridge's function what it is: it lives as long as it may, and is looked after once a minute. */
export function applyLambdaBridge(
  { members, slots }: Plan,
  functions: Serverless["service"]["functions"],
): void {
  const bridge = members.find(({ kind }) => kind === "bridge");
  const deployed = bridge && functions[bridge.key];
  if (!bridge || !deployed) return;
  deployed.timeout ??= TIMEOUT;
  deployed.memorySize ??= MEMORY;
  // The next schedule is a better retry than the same event again.
  deployed.maximumRetryAttempts ??= 0;
  deployed.events = [
    ...(deployed.events ?? []),
    ...Array.from({ length: slots }, (_, slot) => schedule(slot)),
  ];
  const api = members.find(({ kind }) => kind === "api");
  const caller: DeployedFunction | undefined = api && functions[api.key];
  if (!caller) return;
  const woken = JSON.stringify({ functionName: bridge.functionName, slots });
  caller.environment = { INFINITIC_BRIDGE_FUNCTION: woken, ...caller.environment };
}

function schedule(slot: number) {
  return { schedule: { rate: ["rate(1 minute)"], input: { kind: "schedule", slot } } };
}
