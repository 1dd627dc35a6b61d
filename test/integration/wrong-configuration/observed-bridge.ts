import { startBridgeProcess } from "../../../infra/bridge/bridge-process.ts";
import { LambdaFunctionInvoker } from "../../../lib/adapters/lambda/function-invoker.ts";
import { systemClock } from "../../../lib/adapters/system-clock.ts";
import type { Route } from "../../../lib/bridge/options.ts";
import type { Broker } from "../../../lib/ports/broker.ts";
import type { HealthIssue } from "../../../lib/ports/health-issue.ts";

/** What `/readyz` tells. */
export interface Health {
  readonly status: number;
  readonly ready: boolean;
  readonly healthIssues: readonly HealthIssue[];
}

/** A bridge, through what whoever operates it can ask. */
export interface ObservedBridge {
  health(): Promise<Health>;
  /** A metric's value; 0 when it has none. */
  metric(name: string, topic: string): Promise<number>;
  /** The lines of its log. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

/** Starts a bridge before functions behind Lambda's API. */
export async function startObservedBridge(setup: {
  readonly broker: Broker;
  readonly lambdaEndpoint: string;
  readonly routes: readonly Pick<Route, "topic" | "type" | "functionName">[];
}): Promise<ObservedBridge> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const invoker = new LambdaFunctionInvoker({ endpoint: setup.lambdaEndpoint, region: "local", credentials });
  const log: string[] = [];
  const bridge = await startBridgeProcess({
    broker: setup.broker,
    invoker,
    clock: systemClock,
    options: {
      routes: setup.routes.map((route) => ({ ...route, timeoutMs: 60_000 })),
      retry: { maxDelayMs: 500 },
    },
    healthPort: 0,
    log: (line) => log.push(line),
  });
  const ask = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${bridge.healthPort}${path}`);
  return {
    log,
    async health() {
      const response = await ask("/readyz");
      return { status: response.status, ...((await response.json()) as Omit<Health, "status">) };
    },
    async metric(name, topic) {
      const start = `infinitic_bridge_${name}{topic="${topic}"} `;
      const line = (await (await ask("/metrics")).text()).split("\n").find((one) => one.startsWith(start));
      return Number(line?.slice(start.length) ?? 0);
    },
    async close() {
      await bridge.close();
      invoker.close();
    },
  };
}
