import { taskExecutorTopic, workflowEngineTopic, workflowTagsTopic } from "../core/protocol/topics.ts";
import { type Duration, toMs } from "../core/values/duration.ts";
import { TASK_WORKFLOW } from "../core/values/ids.ts";

/** As long as a Lambda function may run. */
const FUNCTION_TIMEOUT_MS = 15 * 60_000;

interface Named {
  readonly definition: { readonly name: string };
}

interface Batched extends Named {
  readonly batching: { readonly batchSize?: number; readonly linger?: Duration };
}

/** What is registered, and the most messages of one invocation of a workflow function. */
interface Registered {
  readonly workflows: readonly Named[];
  readonly services: readonly Batched[];
  readonly batchSize: number;
}

/** The routes of a test system's bridge. */
export function routesOf({ workflows, services, batchSize }: Registered) {
  const timeoutMs = FUNCTION_TIMEOUT_MS;
  return [
    ...engineTopics(workflows).map(({ topic, workflow }) => ({
      topic,
      type: "key_shared" as const,
      functionName: `workflow-${workflow}`,
      timeoutMs,
      batchSize,
    })),
    ...services.map(({ definition: { name }, batching: { batchSize = 1, linger = 0 } }) => ({
      topic: taskExecutorTopic(name),
      type: "shared" as const,
      functionName: `service-${name}`,
      timeoutMs,
      batchSize,
      lingerMs: toMs(linger),
    })),
  ];
}

/** The first workflow's function runs tasks outside a workflow too. */
function engineTopics(workflows: readonly Named[]) {
  const names = workflows.map(({ definition: { name } }) => name);
  return [
    { topic: workflowEngineTopic(TASK_WORKFLOW), workflow: names[0] ?? TASK_WORKFLOW },
    ...names.flatMap((workflow) => [
      { topic: workflowEngineTopic(workflow), workflow },
      { topic: workflowTagsTopic(workflow), workflow },
    ]),
  ];
}
