import { applyStack } from "../../infra/serverless-plugin/apply.ts";
import { checkContainer } from "../../infra/serverless-plugin/container-settings.ts";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import type { Serverless } from "../../infra/serverless-plugin/serverless.ts";
import { Chain, Text } from "../bench/chain.ts";

/** The framework's own, where neither user nor plugin says anything. */
const FRAMEWORK_MEMORY = 1_024;

/** Which function is which; `chain` is the workflow, `text` the service. */
export type FunctionKey = "chain" | "text" | "api" | "timers" | "bridge";

const service: Serverless["service"] = {
  service: "costs",
  provider: { stage: "prod", timeout: 30 },
  functions: {
    chain: { name: "chain", events: [{ pulsar: { workflow: Chain.name } }] },
    text: { name: "text", events: [{ pulsar: { service: Text.name } }] },
    timers: { name: "timers", timeout: 60 },
    api: { name: "api", timeout: 29 },
    bridge: { name: "bridge" },
  },
  custom: { infinitic: { pulsar: { webUrl: "https://pulsar.example.com" } } },
};
const plan = planOf(service);
applyStack(plan, service);

const { cpu, memory } = checkContainer({ image: "bridge", subnets: ["a"], securityGroups: ["b"] });

/** A service with one workflow, as the plugin deploys it when it is told nothing but names. */
export const DEPLOYMENT = {
  bridge: plan.bridge,
  /** How long the bridge's function may run. */
  bridgeTimeoutMs: (service.functions["bridge"]?.timeout ?? 0) * 1_000,
  /** In MB. */
  memoryOf: (key: FunctionKey): number => service.functions[key]?.memorySize ?? FRAMEWORK_MEMORY,
  /** A bridge in a container. */
  container: { vcpus: cpu / 1_024, gb: memory / 1_024 },
};
