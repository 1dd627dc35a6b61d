import type { BridgeOptions } from "../../lib/bridge/options.ts";
import { taskExecutorTopic, workflowEngineTopic } from "../../lib/core/topics.ts";
import { Collector, Desk, Journey } from "../simulation/journey.ts";

/** The routes of a load. `timeoutMs`: after which an invocation is given up. */
export function bridgeOptions({ timeoutMs }: { readonly timeoutMs: number }): BridgeOptions {
  const engine = (workflow: string, functionName: string) => {
    return { topic: workflowEngineTopic(workflow), type: "key_shared" as const, functionName, timeoutMs };
  };
  return {
    routes: [
      engine(Journey.name, "journey"),
      engine(Collector.name, "collector"),
      { topic: taskExecutorTopic(Desk.name), type: "shared", functionName: "desk", timeoutMs },
    ],
    timers: { functionName: "timers" },
    retry: { maxDelayMs: 2_000 },
  };
}
