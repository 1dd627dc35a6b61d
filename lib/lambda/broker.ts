import type { PulsarAddress } from "../adapters/pulsar-websocket/address.ts";
import { PulsarWebSocketBroker } from "../adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { jsonSetting } from "./environment.ts";
import { readSecret } from "./secret.ts";

/**
 * Opens the Pulsar of `INFINITIC_PULSAR`, whose `token` tells where the token is.
 *
 * @throws InfiniticError `MISCONFIGURED`
 */
export async function openBroker(log: (message: string) => void): Promise<PulsarWebSocketBroker> {
  const { token: reference, ...address } = jsonSetting<PulsarAddress>("INFINITIC_PULSAR");
  const token = reference === undefined ? {} : { token: await readSecret(reference) };
  return new PulsarWebSocketBroker({ ...address, ...token, onTrouble: log });
}

/** Writes a line to the function's log, with what it is about. */
export function warn(message: string, about: object = {}): void {
  console.error(JSON.stringify({ level: "warn", ...about, message }));
}
