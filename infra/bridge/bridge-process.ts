import { bothMetrics } from "../../lib/bridge/both-metrics.ts";
import { Bridge } from "../../lib/bridge/bridge.ts";
import type { EmfMetrics } from "../../lib/bridge/emf-metrics.ts";
import { HealthServer } from "../../lib/bridge/health-server.ts";
import { PrometheusMetrics } from "../../lib/bridge/metrics.ts";
import type { BridgeOptions } from "../../lib/bridge/options.ts";
import type { Broker } from "../../lib/ports/broker.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import type { FunctionInvoker } from "../../lib/ports/function-invoker.ts";

/** CloudWatch's own period. */
const REPORT_MS = 60_000;

/** A bridge, its health server and its log, as one process runs them. */
export interface BridgeProcess {
  /** Where health, readiness and metrics are told. */
  readonly healthPort: number;
  /** Resolves once every topic is subscribed. */
  readonly started: Promise<void>;
  /** Drains the bridge, then closes the broker and the health server. */
  close(): Promise<void>;
}

/**
 * Starts a bridge. Its health is told from the beginning, also while it waits for its broker.
 *
 * @param setup `log` takes one JSON line for each issue; `healthPort` 0: any free port; `emf`: reports once a minute
 * @throws InfiniticError `INVALID_OPTION`
 */
export async function startBridgeProcess(setup: {
  readonly broker: Broker;
  readonly invoker: FunctionInvoker;
  readonly clock: Clock;
  readonly options: BridgeOptions;
  readonly healthPort: number;
  readonly log: (line: string) => void;
  readonly emf?: EmfMetrics;
}): Promise<BridgeProcess> {
  const { broker, invoker, clock, options, log, emf } = setup;
  const metrics = new PrometheusMetrics();
  const bridge = new Bridge({
    broker,
    invoker,
    clock,
    options,
    metrics: emf ? bothMetrics(metrics, emf.metrics) : metrics,
    onHealthIssue: (issue) => log(JSON.stringify({ level: "warn", at: clock.now(), ...issue })),
  });
  metrics.observe(() => bridge.gauges);
  const health = new HealthServer({ bridge, registry: metrics.registry });
  const healthPort = await health.listen(setup.healthPort);
  const report = (): void => emf?.report(clock.now(), bridge.gauges);
  const reporting = setInterval(report, REPORT_MS);
  return {
    healthPort,
    started: bridge.start(),
    async close() {
      await bridge.close();
      clearInterval(reporting);
      report();
      await broker.close();
      await health.close();
    },
  };
}
