import type { BridgeOptions } from "../../lib/bridge/options.ts";
import { taskExecutorTopic, workflowEngineTopic } from "../../lib/core/topics.ts";
import { Collector, Desk, Journey } from "../simulation/journey.ts";

/** No platform adds machines here: what is invoked beyond this only waits, until it is given up. */
const AT_ONCE = { maxConcurrency: 20 };

/** The routes of a load. `timeoutMs`: after which an invocation is given up. */
export function bridgeOptions({ timeoutMs }: { readonly timeoutMs: number }): BridgeOptions {
  const engine = (workflow: string, functionName: string) => {
    const topic = workflowEngineTopic(workflow);
    return { topic, type: "key_shared" as const, functionName, timeoutMs, ...AT_ONCE };
  };
  return {
    routes: [
      engine(Journey.name, "journey"),
      engine(Collector.name, "collector"),
      { topic: taskExecutorTopic(Desk.name), type: "shared", functionName: "desk", timeoutMs, ...AT_ONCE },
    ],
    timers: { functionName: "timers" },
    retry: { maxDelayMs: 2_000 },
  };
}
