import type { BridgeOptions } from "../../lib/bridge/options.ts";
import { checkSubscriptionName, checkTopicName } from "../../lib/core/protocol/broker-names.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import { checkName, TASK_WORKFLOW } from "../../lib/core/values/ids.ts";
import type { SubscriptionType } from "../../lib/ports/broker.ts";
import { invokedName } from "./invoked-name.ts";
import type { DeployedFunction, PulsarEvent } from "./serverless.ts";

/** A function that takes the messages of one service, of one workflow or of one topic. */
export interface Target {
  /** Of the function in `serverless.yml`. */
  readonly key: string;
  /** `handler`: of the user's own. */
  readonly kind: "service" | "workflow" | "handler";
  /** Of the service, the workflow or the topic. */
  readonly name: string;
  /** What the bridge invokes it as. */
  readonly functionName: string;
  readonly timeoutMs: number;
  /** Of a workflow: the method that a start runs when it names none. */
  readonly method?: string;
  readonly batching: Pick<PulsarEvent, "batchSize" | "batchBytes" | "lingerMs" | "maxConcurrency">;
  /** Of a handler. */
  readonly reading?: {
    readonly subscription: string;
    readonly type: SubscriptionType;
    readonly maxAttempts?: number;
  };
  /** Of a workflow: topics whose messages start or signal it. */
  readonly triggers: readonly Trigger[];
}

/** A business topic whose messages start or signal a workflow. */
export type Trigger = NonNullable<BridgeOptions["triggers"]>[number];

/** Of the function, if there is one, that runs tasks outside a workflow and nothing else. */
const TASKS_KEY = "tasks";
const TASKS = { kind: "workflow", name: TASK_WORKFLOW, batching: {}, triggers: [] } as const;

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
    const events = (deployed.events ?? []).flatMap(({ pulsar }) => (pulsar ? [pulsar] : []));
    const triggers = events.filter(isTrigger);
    const [event, second] = events.filter((one) => !isTrigger(one));
    if (second) {
      const expected = "one pulsar event, as a function serves one service, workflow or topic";
      throw invalid(key, `${expected}; beside it those that start or signal its workflow`, "two");
    }
    if (triggers[0] && !event?.workflow)
      throw invalid(key, "a workflow of its own to start or signal", "none");
    if (!event && key !== TASKS_KEY) return [];
    const role = event ? roleOf(key, deployed, event) : TASKS;
    const title = role.kind === "handler" ? `function ${key}` : `${role.kind} ${role.name}`;
    const owner = owners.get(title);
    if (owner !== undefined) throw invalid(key, `one function for ${title}`, `another one: ${owner}`);
    owners.set(title, key);
    const started = triggers.map((trigger) => triggerOf(key, deployed, role, trigger));
    return [
      {
        key,
        ...role,
        functionName: invokedName(deployed),
        timeoutMs: timeoutMsOf(deployed),
        triggers: started,
      },
    ];
  });
}

type Role = Pick<Target, "kind" | "name" | "method" | "batching" | "reading">;

const isTrigger = ({ start, signal }: PulsarEvent): boolean => start !== undefined || signal !== undefined;

const BATCHING = ["batchSize", "batchBytes", "lingerMs", "maxConcurrency"] as const;
const TOPIC = ["topic", "type", "subscription"] as const;

function roleOf(key: string, deployed: DeployedFunction, event: PulsarEvent): Role {
  const { service, workflow, topic, method } = event;
  const named = (["service", "workflow", "topic"] as const).filter((name) => event[name] !== undefined);
  if (named.length !== 1) {
    const got = named.length === 0 ? "none" : named.join(" and ");
    throw invalid(key, "a pulsar event with one of service, workflow and topic", got);
  }
  const batching = Object.fromEntries(
    BATCHING.filter((name) => event[name] !== undefined).map((name) => [name, event[name]]),
  );
  if (workflow !== undefined) {
    refuseOthers(key, "workflow", event, ["workflow", "method", ...BATCHING]);
    const name = checkName("workflow", workflow);
    return { kind: "workflow", name, batching, ...(method !== undefined && { method }) };
  }
  if (service !== undefined) {
    refuseOthers(key, "service", event, ["service", ...BATCHING]);
    return { kind: "service", name: checkName("service", service), batching };
  }
  refuseOthers(key, "topic", event, [...TOPIC, "maxAttempts", ...BATCHING]);
  const { type = "key_shared", subscription = deployed.name, maxAttempts } = event;
  checkReading(key, topic ?? "", subscription);
  const reading = { type, subscription, ...(maxAttempts !== undefined && { maxAttempts }) };
  return { kind: "handler", name: topic ?? "", batching, reading };
}

function triggerOf(
  key: string,
  deployed: DeployedFunction,
  { name, method: usual }: Role,
  event: PulsarEvent,
): Trigger {
  const { start, signal, id, topic, channel, method = usual, type, maxConcurrency } = event;
  const kind = start === undefined ? "signal" : "start";
  const own = kind === "start" ? (["start", "method"] as const) : (["signal", "channel"] as const);
  refuseOthers(key, kind, event, [...TOPIC, ...own, "id", "maxConcurrency"]);
  const workflow = start ?? signal;
  if (workflow !== name) throw invalid(key, `${kind}: ${name}, the function's own workflow`, `${workflow}`);
  if (topic === undefined) throw invalid(key, `a topic whose messages ${kind} ${name}`, "none");
  if (id === undefined || !/^(?!\$)[^.]+(\.[^.]+)*$/.test(id))
    throw invalid(key, "id: where the workflow id is in the message's JSON, as order.id", id ?? "none");
  const { subscription = `${deployed.name}-${kind}` } = event;
  checkReading(key, topic, subscription);
  const all = {
    topic,
    subscription,
    id,
    workflow,
    ...(type !== undefined && { type }),
    ...(maxConcurrency !== undefined && { maxConcurrency }),
  };
  if (kind === "start") return { kind, ...all, ...(method !== undefined && { method }) };
  if (channel === undefined) throw invalid(key, `a channel of ${name} that takes the signals`, "none");
  return { kind, ...all, channel };
}

/** Before any topic is made: what one of Pulsar's APIs takes, another may not. */
function checkReading(key: string, topic: string, subscription: string): void {
  try {
    checkTopicName(topic);
    checkSubscriptionName(subscription);
  } catch (error) {
    throw new InfiniticError("INVALID_OPTION", `function ${key}: ${(error as Error).message}`);
  }
}

function refuseOthers(
  key: string,
  kind: string,
  event: PulsarEvent,
  taken: readonly (keyof PulsarEvent)[],
): void {
  for (const [name, value] of Object.entries(event)) {
    if (taken.some((one) => one === name) || value === undefined) continue;
    throw invalid(key, `no ${name} in the event of a ${kind}`, String(value));
  }
}

function invalid(key: string, expected: string, got: string): InfiniticError {
  return new InfiniticError("INVALID_OPTION", `function ${key}: expected ${expected}, got ${got}`);
}
