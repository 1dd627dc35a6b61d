import type { BridgeOptions } from "../../lib/bridge/options.ts";
import { taskExecutorTopic, workflowEngineTopic, workflowTagsTopic } from "../../lib/core/protocol/topics.ts";
import { TASK_WORKFLOW, taskWorkflowOf } from "../../lib/core/values/ids.ts";
import type { ApiServices, ApiWorkflow } from "../../lib/http/api-setup.ts";
import type { Target } from "./targets.ts";

/** How much longer than a function may run the bridge waits for its answer. */
export const MARGIN_MS = 5_000;

/**
 * The bridge's routes, the same for a deployed bridge and for a local one.
 *
 * @param stack whose tasks outside a workflow are not those of another stack with the same topics
 */
export function routesOf(targets: readonly Target[], stack: string): BridgeOptions["routes"] {
  const runner = taskRunnerOf(targets);
  return targets.flatMap((target): BridgeOptions["routes"] => {
    const { kind, name, functionName, timeoutMs, batching, reading } = target;
    const how = { functionName, timeoutMs: timeoutMs + MARGIN_MS, ...batching };
    if (reading) return [{ topic: name, handler: "stream", ...reading, ...how }];
    if (kind === "service") {
      // A batch is answered with its slowest task, so tasks share an invocation only where that was asked for.
      return [{ topic: taskExecutorTopic(name), type: "shared", batchSize: 1, ...how }];
    }
    const topics = name === TASK_WORKFLOW ? [] : [workflowEngineTopic(name), workflowTagsTopic(name)];
    // The topic of all stacks is where tasks go on that began before each had one of its own.
    if (target === runner) topics.push(...[taskWorkflowOf(stack), TASK_WORKFLOW].map(workflowEngineTopic));
    return topics.map((topic) => ({ topic, type: "key_shared", ...how }));
  });
}

/** The function that runs tasks outside a workflow: one for just that, or else any that has the engine in it. */
function taskRunnerOf(targets: readonly Target[]): Target | undefined {
  const engines = targets.filter(({ kind }) => kind === "workflow");
  return engines.find(({ name }) => name === TASK_WORKFLOW) ?? engines[0];
}

/** The services that the api function knows. */
export function servicesOf(targets: readonly Target[], stack: string): ApiServices {
  return {
    services: targets.filter(({ kind }) => kind === "service").map(({ name }) => name),
    runsTasks: taskRunnerOf(targets) !== undefined,
    taskWorkflow: taskWorkflowOf(stack),
  };
}

/** The workflows that the api function knows. */
export function workflowsOf(targets: readonly Target[]): { readonly [name: string]: ApiWorkflow } {
  return Object.fromEntries(
    targets
      .filter(({ kind, name }) => kind === "workflow" && name !== TASK_WORKFLOW)
      .map(({ name, functionName, method }) => [
        name,
        { functionName, ...(method !== undefined && { method }) },
      ]),
  );
}
