/**
 * The bridge in a container: what the bridge in a Lambda does, for as long as the container runs, and any number of
 * them at once. It reads what that reads: its routes are those of `INFINITIC_BRIDGE`, its broker is the Pulsar of
 * `INFINITIC_PULSAR`, its metrics are those of `INFINITIC_SERVICE`, written to stdout; health issues go to stderr. Its health
 * is told on port `INFINITIC_HEALTH_PORT`, 8080 unless given. SIGTERM and SIGINT drain it.
 */
import "../../lib/needs-node.ts";
import { LambdaFunctionInvoker } from "../../lib/adapters/lambda/function-invoker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import { EmfMetrics } from "../../lib/bridge/emf-metrics.ts";
import { type BridgeOptions, checkOptions } from "../../lib/bridge/options.ts";
import { encryptTriggers } from "../../lib/lambda/encrypt-triggers.ts";
import { jsonSetting, setting } from "../../lib/lambda/environment.ts";
import { startBridgeProcess } from "./bridge-process.ts";
import { openContainerBroker } from "./container-broker.ts";
import { runUntilSignal } from "./run-until-signal.ts";

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const warn = (message: string): void =>
  log(JSON.stringify({ level: "warn", at: systemClock.now(), subject: "pulsar", message }));

const options = checkOptions(jsonSetting<BridgeOptions>("INFINITIC_BRIDGE"));
const write = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const running = await startBridgeProcess({
  broker: encryptTriggers(await openContainerBroker(warn), options),
  invoker: new LambdaFunctionInvoker(),
  clock: systemClock,
  options,
  healthPort: Number(process.env["INFINITIC_HEALTH_PORT"] ?? 8080),
  log,
  emf: new EmfMetrics({ service: setting("INFINITIC_SERVICE"), write, isScaled: true }),
});
await runUntilSignal(running, log);
