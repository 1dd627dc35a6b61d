import { EncryptingBroker } from "../adapters/encryption/encrypting-broker.ts";
import { LambdaBridgeStarter } from "../adapters/lambda/bridge-starter.ts";
import { LambdaFunctionInvoker } from "../adapters/lambda/function-invoker.ts";
import { systemClock } from "../adapters/system-clock.ts";
import { wakingBroker } from "../bridge/lease/waking-broker.ts";
import { apiHandler } from "../http/api-handler.ts";
import type { ApiServices, ApiWorkflow } from "../http/api-setup.ts";
import { Contracts, type Definitions } from "../http/contracts.ts";
import type { GatewayHandler } from "../http/fetch-handler.ts";
import type { Broker } from "../ports/broker.ts";
import type { LeaseStore } from "../ports/lease-store.ts";
import { brokerOpener, warn } from "./broker.ts";
import { openCipher } from "./encryption.ts";
import { jsonSetting } from "./environment.ts";
import { openStores } from "./stores.ts";

/**
 * Makes the Lambda that answers HTTP calls, behind a catch-all route of API Gateway's HTTP API.
 *
 * Calls the workflows and services that `INFINITIC_WORKFLOWS` and `INFINITIC_SERVICES` tell, sends through the Pulsar
 * of `INFINITIC_PULSAR`, whose `token` tells where the token is, reads the DynamoDB table named by `INFINITIC_TABLE`,
 * and starts the bridge of `INFINITIC_BRIDGE_FUNCTION`, where that runs in a Lambda. At the first call it throws
 * `MISCONFIGURED` where one is missing.
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
  const cipher = openCipher();
  const stores = openStores(cipher);
  const invoker = new LambdaFunctionInvoker();
  const pulsar = await brokerOpener()(warn);
  const broker = cipher ? new EncryptingBroker({ broker: pulsar, cipher }) : pulsar;
  return apiHandler({
    broker: process.env["INFINITIC_BRIDGE_FUNCTION"] ? waking(broker, stores.leases, invoker) : broker,
    ...stores,
    invoker,
    clock: systemClock,
    contracts: new Contracts(definitions),
    workflows: jsonSetting<{ readonly [name: string]: ApiWorkflow }>("INFINITIC_WORKFLOWS"),
    ...jsonSetting<ApiServices>("INFINITIC_SERVICES"),
  });
}

/** Where the bridge runs in a Lambda, whoever sends something sees to it that one runs. */
function waking(
  broker: Pick<Broker, "publish">,
  leases: LeaseStore,
  invoker: LambdaFunctionInvoker,
): Pick<Broker, "publish"> {
  const { functionName, slots } = jsonSetting<BridgeLambda>("INFINITIC_BRIDGE_FUNCTION");
  const starter = new LambdaBridgeStarter({ invoker, functionName });
  return wakingBroker({ broker, leases, starter, clock: systemClock, slots, log: warn });
}

/** The deployed bridge, and how many of it there may be. */
interface BridgeLambda {
  readonly functionName: string;
  readonly slots: number;
}
