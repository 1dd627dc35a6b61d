import { LambdaFunctionInvoker } from "../adapters/lambda/function-invoker.ts";
import type { PulsarAddress } from "../adapters/pulsar-websocket/address.ts";
import { PulsarWebSocketBroker } from "../adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../adapters/system-clock.ts";
import { apiHandler } from "../http/api-handler.ts";
import type { ApiServices, ApiWorkflow } from "../http/api-setup.ts";
import { Contracts, type Definitions } from "../http/contracts.ts";
import type { GatewayHandler } from "../http/fetch-handler.ts";
import { jsonSetting } from "./environment.ts";
import { readSecret } from "./secret.ts";
import { openStores } from "./stores.ts";

/**
 * Makes the Lambda that answers HTTP calls, behind a catch-all route of API Gateway's HTTP API.
 *
 * Calls the workflows and services that `INFINITIC_WORKFLOWS` and `INFINITIC_SERVICES` tell, sends through the Pulsar
 * of `INFINITIC_PULSAR`, whose `token` tells where the token is, and reads the DynamoDB table named by
 * `INFINITIC_TABLE`. At the first call it throws `MISCONFIGURED` where one is missing.
 *
 * @example
 * export const handler = apiFunction({ workflows: [OrderFlow], services: [Payments] });
 */
export function apiFunction(definitions: Definitions = {}): GatewayHandler {
  let opening: Promise<GatewayHandler> | undefined;
  return async (event, context) => {
    opening ??= openHandler(definitions).catch((error: unknown) => {
      opening = undefined; // what is wrong may be mended without a deployment
      throw error;
    });
    const handler = await opening;
    return handler(event, context);
  };
}

async function openHandler(definitions: Definitions): Promise<GatewayHandler> {
  const log = (message: string): void => console.error(JSON.stringify({ level: "warn", message }));
  const { token: reference, ...address } = jsonSetting<PulsarAddress>("INFINITIC_PULSAR");
  const token = reference === undefined ? {} : { token: await readSecret(reference) };
  return apiHandler({
    broker: new PulsarWebSocketBroker({ ...address, ...token, onTrouble: log }),
    ...openStores(),
    invoker: new LambdaFunctionInvoker(),
    clock: systemClock,
    contracts: new Contracts(definitions),
    workflows: jsonSetting<{ readonly [name: string]: ApiWorkflow }>("INFINITIC_WORKFLOWS"),
    ...jsonSetting<ApiServices>("INFINITIC_SERVICES"),
  });
}
