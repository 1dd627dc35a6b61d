import { systemClock } from "../adapters/system-clock.ts";
import type { MethodsOf, ServiceDefinition } from "../core/contract/definition.ts";
import { type ServiceHandler, serviceHandler } from "../service/service-handler.ts";
import type { ServiceOptions } from "../service/service-options.ts";
import { encryptedHandler } from "./encrypted-handler.ts";
import { openCipher } from "./encryption.ts";
import { servicePayloads } from "./service-payloads.ts";

/**
 * Makes a Lambda of a service: the bridge invokes it with batches of tasks, anybody else with `{ method, args }`.
 *
 * @throws InfiniticError `INVALID_OPTION`
 * @example
 * export const handler = serviceFunction(Payments, new CardPayments(), {
 *   retry: exponentialBackoff({ maxRetries: 5 }),
 *   timeout: "20s",
 * });
 * @example
 * export const handler = serviceFunction(Mailer, mailer, { batched: { send: sendBatch } });
 */
export function serviceFunction<S>(
  service: ServiceDefinition<S>,
  implementation: MethodsOf<S>,
  options: ServiceOptions<S> = {},
): ServiceHandler {
  const cipher = openCipher();
  const handler = serviceHandler(service, implementation, options, {
    clock: systemClock,
    random: Math.random,
    payloadStore: servicePayloads(cipher),
  });
  return cipher ? encryptedHandler(handler, cipher) : handler;
}
