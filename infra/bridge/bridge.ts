/**
 * The bridge's process: `BRIDGE_CONFIG` is its configuration, as JSON text or as a file's path; `PULSAR_TOKEN`,
 * if set, is Pulsar's token. Prints `{"ready":true,"healthPort":…}` once every topic is subscribed, and health issues,
 * one JSON line each, on stderr. SIGTERM and SIGINT drain it; a second one ends it at once.
 */
import "../../lib/needs-node.ts";
import { LambdaFunctionInvoker } from "../../lib/adapters/lambda/function-invoker.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import { startBridgeProcess } from "./bridge-process.ts";
import { readConfig } from "./config.ts";
import { runUntilSignal } from "./run-until-signal.ts";

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const { BRIDGE_CONFIG, PULSAR_TOKEN } = process.env;
const { pulsar, lambda, healthPort, bridge: options } = await readConfig(BRIDGE_CONFIG);

const broker = new PulsarWebSocketBroker({
  ...pulsar,
  ...(PULSAR_TOKEN ? { token: PULSAR_TOKEN } : {}),
  onHealthIssue: (message) =>
    log(JSON.stringify({ level: "warn", at: systemClock.now(), subject: "pulsar", message })),
});
const invoker = new LambdaFunctionInvoker(lambda);
const running = await startBridgeProcess({ broker, invoker, clock: systemClock, options, healthPort, log });

await runUntilSignal(running, log);
