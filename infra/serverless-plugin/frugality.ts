import type { Plan } from "./plan.ts";
import type { Serverless } from "./serverless.ts";

/** In MB: these functions mostly wait, which costs by size; what CPU they need costs the same at any size. */
const MEMORY = 512;
/** Lambda's own lines of an invocation that went well cost as much as its time; those of one that did not stay. */
const LOGS = { logFormat: "JSON", systemLogLevel: "WARN" };

/** Gives functions of the system the size and the log that cost least, where the user says nothing. */
export function applyFrugality({ members }: Plan, { functions, provider }: Serverless["service"]): void {
  for (const { key, kind } of members) {
    const deployed = functions[key];
    if (deployed === undefined || kind === "handler") continue;
    deployed.logs ??= provider.logs?.lambda ?? LOGS;
    if (kind !== "service") deployed.memorySize ??= provider.memorySize ?? MEMORY;
  }
}
