import type { Plan } from "./plan.ts";
import type { DeployedFunction, Serverless } from "./serverless.ts";

/** As long as a Lambda may run, in seconds. */
const TIMEOUT = 900;
/** In MB: its work is waiting, and what little CPU it needs comes with memory. */
const MEMORY = 512;

/** Makes the bridge's function what it is, which lives as long as it may, and lets the API wake it. */
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
  const api = members.find(({ kind }) => kind === "api");
  const caller: DeployedFunction | undefined = api && functions[api.key];
  if (!caller) return;
  const woken = JSON.stringify({ functionName: bridge.functionName, slots });
  caller.environment = { INFINITIC_BRIDGE_FUNCTION: woken, ...caller.environment };
}

/** Has the bridge's function looked after once a minute. */
export function scheduleLambdaBridge(
  { members, slots }: Plan,
  functions: Serverless["service"]["functions"],
): void {
  const deployed = functions[members.find(({ kind }) => kind === "bridge")?.key ?? ""];
  if (!deployed) return;
  deployed.events = [
    ...(deployed.events ?? []),
    ...Array.from({ length: slots }, (_, slot) => schedule(slot)),
  ];
}

function schedule(slot: number) {
  return { schedule: { rate: ["rate(1 minute)"], input: { kind: "schedule", slot } } };
}
