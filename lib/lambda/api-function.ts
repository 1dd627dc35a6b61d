import { LambdaFunctionInvoker } from "../adapters/lambda/function-invoker.ts";
import type { PulsarAddress } from "../adapters/pulsar-websocket/address.ts";
import { PulsarWebSocketBroker } from "../adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../adapters/system-clock.ts";
import { apiHandler } from "../http/api-handler.ts";
import type { ApiWorkflow } from "../http/api-setup.ts";
import type { GatewayHandler } from "../http/fetch-handler.ts";
import { jsonSetting } from "./environment.ts";
import { openStores } from "./stores.ts";

/**
 * Makes the Lambda that answers HTTP calls, behind a catch-all route of API Gateway's HTTP API.
 *
 * Calls the workflows that `INFINITIC_WORKFLOWS` tells, sends through the Pulsar of `INFINITIC_PULSAR`, and reads
 * the DynamoDB table named by `INFINITIC_TABLE`. At the first call it throws `MISCONFIGURED` where one is missing.
 *
 * @example
 * export const handler = apiFunction();
 */
export function apiFunction(): GatewayHandler {
  let handler: GatewayHandler | undefined;
  return (event, context) => {
    handler ??= openHandler();
    return handler(event, context);
  };
}

function openHandler(): GatewayHandler {
  const log = (message: string): void => console.error(JSON.stringify({ level: "warn", message }));
  return apiHandler({
    broker: new PulsarWebSocketBroker({ ...jsonSetting<PulsarAddress>("INFINITIC_PULSAR"), onTrouble: log }),
    ...openStores(),
    invoker: new LambdaFunctionInvoker(),
    clock: systemClock,
    workflows: jsonSetting<{ readonly [name: string]: ApiWorkflow }>("INFINITIC_WORKFLOWS"),
  });
}
