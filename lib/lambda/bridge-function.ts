import { randomUUID } from "node:crypto";
import { LambdaBridgeStarter } from "../adapters/lambda/bridge-starter.ts";
import { LambdaFunctionInvoker } from "../adapters/lambda/function-invoker.ts";
import { systemClock } from "../adapters/system-clock.ts";
import { Bridge } from "../bridge/bridge.ts";
import { EmfMetrics } from "../bridge/emf-metrics.ts";
import {
  LeasedBridge,
  type LeasedTimes,
  type OpenBridge,
  type RunEnd,
} from "../bridge/lease/leased-bridge.ts";
import { type BridgeOptions, checkOptions } from "../bridge/options.ts";
import type { BridgeEvent } from "../ports/bridge-starter.ts";
import type { Broker } from "../ports/broker.ts";
import type { InvocationContext } from "../service/service-handler.ts";
import { brokerOpener, warn } from "./broker.ts";
import { encryptTriggers } from "./encrypt-triggers.ts";
import { jsonSetting, setting } from "./environment.ts";
import { openStores } from "./stores.ts";

/** What the platform tells the bridge's function. */
export interface BridgeContext extends InvocationContext {
  readonly functionName: string;
}

/** CloudWatch's own period. */
const REPORT_MS = 60_000;

/** Answers how the run ended. */
export type BridgeHandler = (event: BridgeEvent, context: BridgeContext) => Promise<{ readonly end: RunEnd }>;

/**
 * Makes the Lambda in which the bridge runs while there is work.
 *
 * Its routes are those of `INFINITIC_BRIDGE`, its broker is the Pulsar of `INFINITIC_PULSAR`, its lease is in the
 * DynamoDB table named by `INFINITIC_TABLE`, and its metrics are those of `INFINITIC_SERVICE`. It is started by the api
 * function, by a schedule once a minute, and by itself, in place of one whose time is nearly over; each invocation has a
 * broker connection of its own.
 *
 * @example
 * export const handler = bridgeFunction();
 */
export function bridgeFunction({ times }: { readonly times?: Partial<LeasedTimes> } = {}): BridgeHandler {
  const openBroker = brokerOpener();
  return async (event, context) => {
    const options = checkOptions(jsonSetting<BridgeOptions>("INFINITIC_BRIDGE"));
    const invoker = new LambdaFunctionInvoker();
    const leased = new LeasedBridge({
      leases: openStores().leases,
      starter: new LambdaBridgeStarter({ invoker, functionName: context.functionName }),
      clock: systemClock,
      owner: randomUUID(),
      routes: options.routes,
      open: async (dues) => {
        const broker = encryptTriggers(await openBroker(warn), options);
        return openBridge(options, broker, invoker, dues);
      },
      log: warn,
      ...(times && { times }),
    });
    const end = await leased.run(event, context.getRemainingTimeInMillis());
    return { end };
  };
}

async function openBridge(
  options: BridgeOptions,
  broker: Broker,
  invoker: LambdaFunctionInvoker,
  dues: readonly number[],
): Promise<OpenBridge> {
  // Not by the console, which would put the line into another where the log's format is JSON.
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  const emf = new EmfMetrics({ service: setting("INFINITIC_SERVICE"), write });
  const bridge = new Bridge({
    broker,
    invoker,
    clock: systemClock,
    options,
    dues,
    metrics: emf.metrics,
    onHealthIssue: ({ message, ...about }) => warn(message, about),
  });
  const report = (): void => emf.report(systemClock.now(), bridge.gauges);
  const reporting = setInterval(report, REPORT_MS);
  return {
    bridge,
    async close() {
      clearInterval(reporting);
      report();
      await broker.close();
      invoker.close();
    },
  };
}
