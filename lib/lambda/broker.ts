import type { PulsarAddress } from "../adapters/pulsar-websocket/address.ts";
import { PulsarWebSocketBroker } from "../adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { hasCode } from "../core/values/errors.ts";
import { jsonSetting } from "./environment.ts";
import { type PulsarLogin, pulsarTokens } from "./pulsar-token.ts";

/** What the deployment says of Pulsar: where it is, and where its secrets are. */
type PulsarSetting = Omit<PulsarAddress, "token"> & PulsarLogin;

/** Opens a broker. Whoever begins without the secret, or is refused a token, is told at once. */
export type OpenBroker = (log: (message: string) => void) => Promise<PulsarWebSocketBroker>;

/**
 * Makes what opens the Pulsar of `INFINITIC_PULSAR`, as often as it is asked to. All that it opens share a token, which
 * is got once, and again before it ends and when it is refused.
 *
 * @throws InfiniticError `MISCONFIGURED`, when it opens
 */
export function brokerOpener(): OpenBroker {
  let tokens: ReturnType<typeof pulsarTokens>;
  return async (log) => {
    const { token, oauth2, ...address } = jsonSetting<PulsarSetting>("INFINITIC_PULSAR");
    tokens ??= pulsarTokens({ token, oauth2 });
    await tokens?.token().catch((error: unknown) => {
      if (hasCode(error, "MISCONFIGURED")) throw error; // what passes, the connections wait for
    });
    return new PulsarWebSocketBroker({ ...address, ...(tokens && { token: tokens }), onHealthIssue: log });
  };
}

/** Writes a line to the function's log, with what it is about. */
export function warn(message: string, about: object = {}): void {
  console.error(JSON.stringify({ level: "warn", ...about, message }));
}
