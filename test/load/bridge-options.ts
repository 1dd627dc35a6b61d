import type { BridgeOptions } from "../../lib/bridge/options.ts";
import {
  SUBSCRIPTION,
  taskExecutorTopic,
  workflowEngineTopic,
  workflowTagsTopic,
} from "../../lib/core/protocol/topics.ts";
import type { Broker } from "../../lib/ports/broker.ts";
import { Collector, Desk, Journey } from "../simulation/journey.ts";

/** No platform adds machines here: what is invoked beyond this only waits, until it is given up. */
const AT_ONCE = { maxConcurrency: 20 };

/** The routes of a load. `timeoutMs`: after which an invocation is given up. */
export function bridgeOptions({ timeoutMs }: { readonly timeoutMs: number }): BridgeOptions {
  const engine = (topic: string, functionName: string) => {
    return { topic, type: "key_shared" as const, functionName, timeoutMs, ...AT_ONCE };
  };
  return {
    routes: [
      engine(workflowEngineTopic(Journey.name), "journey"),
      engine(workflowTagsTopic(Journey.name), "journey"),
      engine(workflowEngineTopic(Collector.name), "collector"),
      { topic: taskExecutorTopic(Desk.name), type: "shared", functionName: "desk", timeoutMs, ...AT_ONCE },
    ],
    timers: { functionName: "timers" },
    retry: { maxDelayMs: 2_000 },
  };
}

/** Makes the topics that clients of a load publish to, so that nothing is lost before a bridge subscribes to them. */
export async function ensureTopics(broker: Broker, own: readonly string[] = []): Promise<void> {
  const engines = [Journey, Collector].map(({ name }) => workflowEngineTopic(name));
  for (const topic of [...engines, workflowTagsTopic(Journey.name), ...own])
    await broker.ensureSubscription({ topic, subscription: SUBSCRIPTION, type: "key_shared" });
}
