import { InfiniticError } from "../../lib/core/errors.ts";
import { checkName, TASK_WORKFLOW } from "../../lib/core/ids.ts";
import type { DeployedFunction, PulsarEvent } from "./serverless.ts";

/** A function that takes the messages of one service or of one workflow. */
export interface Target {
  /** Of the function in `serverless.yml`. */
  readonly key: string;
  readonly kind: "service" | "workflow";
  /** Of the service or the workflow. */
  readonly name: string;
  readonly functionName: string;
  readonly timeoutMs: number;
  /** Of a workflow: the method that a start runs when it names none. */
  readonly method?: string;
  readonly batching: Pick<PulsarEvent, "batchSize" | "lingerMs" | "maxConcurrency">;
}

/** Of the function, if there is one, that runs tasks outside a workflow and nothing else. */
const TASKS_KEY = "tasks";
const TASKS = { kind: "workflow", name: TASK_WORKFLOW, batching: {} } as const;

/**
 * Reads which functions take whose messages.
 *
 * @param timeoutMsOf tells a function's own timeout
 * @throws InfiniticError `INVALID_DEFINITION` for a wrong name, `INVALID_OPTION` for what does not fit together
 */
export function targetsOf(
  functions: { readonly [key: string]: DeployedFunction },
  timeoutMsOf: (deployed: DeployedFunction) => number,
): readonly Target[] {
  const owners = new Map<string, string>();
  return Object.entries(functions).flatMap(([key, deployed]) => {
    const [event, second] = (deployed.events ?? []).flatMap(({ pulsar }) => (pulsar ? [pulsar] : []));
    if (second) throw invalid(key, "one pulsar event, as a function serves one service or workflow", "two");
    if (!event && key !== TASKS_KEY) return [];
    const role = event ? roleOf(key, event) : TASKS;
    const title = `${role.kind} ${role.name}`;
    const owner = owners.get(title);
    if (owner !== undefined) throw invalid(key, `one function for ${title}`, `another one: ${owner}`);
    owners.set(title, key);
    return [{ key, ...role, functionName: deployed.name, timeoutMs: timeoutMsOf(deployed) }];
  });
}

function roleOf(key: string, event: PulsarEvent): Pick<Target, "kind" | "name" | "method" | "batching"> {
  const { service, workflow, method, ...batching } = event;
  if (workflow !== undefined && service === undefined) {
    const name = checkName("workflow", workflow);
    return { kind: "workflow", name, batching, ...(method !== undefined && { method }) };
  }
  if (service !== undefined && workflow === undefined) {
    if (method !== undefined) throw invalid(key, "no method in the event of a service", method);
    return { kind: "service", name: checkName("service", service), batching };
  }
  throw invalid(key, "a pulsar event with either service or workflow", service ? "both" : "neither");
}

function invalid(key: string, expected: string, got: string): InfiniticError {
  return new InfiniticError("INVALID_OPTION", `function ${key}: expected ${expected}, got ${got}`);
}
