import type { BridgeOptions } from "../../lib/bridge/options.ts";
import { taskExecutorTopic, workflowEngineTopic } from "../../lib/core/topics.ts";
import type { ApiWorkflow } from "../../lib/http/api-setup.ts";
import type { Target } from "./targets.ts";

/** How much longer than a function may run the bridge waits for its answer. */
export const MARGIN_MS = 5_000;

/** The bridge's routes, the same for a deployed bridge and for a local one. */
export function routesOf(targets: readonly Target[]): BridgeOptions["routes"] {
  return targets.map(({ kind, name, functionName, timeoutMs, batching }) => ({
    ...(kind === "workflow"
      ? { topic: workflowEngineTopic(name), type: "key_shared" as const }
      : // A batch is answered with its slowest task, so tasks share an invocation only where that was asked for.
        { topic: taskExecutorTopic(name), type: "shared" as const, batchSize: 1 }),
    functionName,
    timeoutMs: timeoutMs + MARGIN_MS,
    ...batching,
  }));
}

/** The workflows that the api function knows. */
export function workflowsOf(targets: readonly Target[]): { readonly [name: string]: ApiWorkflow } {
  return Object.fromEntries(
    targets
      .filter(({ kind }) => kind === "workflow")
      .map(({ name, functionName, method }) => [
        name,
        { functionName, ...(method !== undefined && { method }) },
      ]),
  );
}
