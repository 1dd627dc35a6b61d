import { LambdaFunctionInvoker } from "../adapters/lambda/function-invoker.ts";
import type { PulsarAddress } from "../adapters/pulsar-websocket/address.ts";
import { PulsarWebSocketBroker } from "../adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../adapters/system-clock.ts";
import { apiHandler } from "../http/api-handler.ts";
import type { ApiWorkflow } from "../http/api-setup.ts";
import { Contracts, type Definitions } from "../http/contracts.ts";
import type { GatewayHandler } from "../http/fetch-handler.ts";
import { jsonSetting } from "./environment.ts";
import { openStores } from "./stores.ts";

/**
 * Makes the Lambda that answers HTTP calls, behind a catch-all route of API Gateway's HTTP API.
 *
 * Calls the workflows that `INFINITIC_WORKFLOWS` tells, sends through the Pulsar of `INFINITIC_PULSAR`, and reads
 * the DynamoDB table named by `INFINITIC_TABLE`. At the first call it throws `MISCONFIGURED` where one is missing.
 *
 * It knows their names. Given their definitions as well, it turns away what their schemas refuse with
 * `SCHEMA_MISMATCH`, before anything is sent; without them it is the workflow or the service that does so.
 *
 * @example
 * export const handler = apiFunction({ workflows: [OrderFlow], services: [Payments] });
 */
export function apiFunction(definitions: Definitions = {}): GatewayHandler {
  let handler: GatewayHandler | undefined;
  return (event, context) => {
    handler ??= openHandler(definitions);
    return handler(event, context);
  };
}

function openHandler(definitions: Definitions): GatewayHandler {
  const log = (message: string): void => console.error(JSON.stringify({ level: "warn", message }));
  return apiHandler({
    broker: new PulsarWebSocketBroker({ ...jsonSetting<PulsarAddress>("INFINITIC_PULSAR"), onTrouble: log }),
    ...openStores(),
    invoker: new LambdaFunctionInvoker(),
    clock: systemClock,
    contracts: new Contracts(definitions),
    workflows: jsonSetting<{ readonly [name: string]: ApiWorkflow }>("INFINITIC_WORKFLOWS"),
  });
}
