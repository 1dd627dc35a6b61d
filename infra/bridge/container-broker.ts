import { type Authentication, loadPulsarClient } from "../../lib/adapters/pulsar-native/client.ts";
import { PulsarNativeBroker } from "../../lib/adapters/pulsar-native/pulsar-native-broker.ts";
import { brokerOpener } from "../../lib/lambda/broker.ts";
import { jsonSetting } from "../../lib/lambda/environment.ts";
import { credentialsIn, type PulsarLogin, pulsarTokens } from "../../lib/lambda/pulsar-token.ts";
import { readSecret } from "../../lib/lambda/secret.ts";
import type { Broker } from "../../lib/ports/broker.ts";

/** What the deployment says of Pulsar to a container, besides what it says to functions. */
interface ContainerPulsar extends PulsarLogin {
  readonly tenant?: string;
  readonly namespace?: string;
  /** `pulsar://` or `pulsar+ssl://`: the broker is then spoken to in Pulsar's own protocol. */
  readonly serviceUrl?: string;
}

/**
 * Opens the Pulsar of `INFINITIC_PULSAR`: by Pulsar's own client where it has a `serviceUrl`, else by its WebSocket API.
 * Secrets are read where the deployment says they are.
 *
 * @throws InfiniticError `MISCONFIGURED`
 */
export async function openContainerBroker(log: (message: string) => void): Promise<Broker> {
  const { serviceUrl, tenant, namespace, ...login } = jsonSetting<ContainerPulsar>("INFINITIC_PULSAR");
  if (serviceUrl === undefined) return brokerOpener()(log);
  // Whoever begins without the client or the secret ends at once, and not only when there is work.
  const pulsar = await loadPulsarClient();
  const authentication = await authenticationOf(login);
  return new PulsarNativeBroker({
    serviceUrl,
    ...(tenant !== undefined && { tenant }),
    ...(namespace !== undefined && { namespace }),
    ...(authentication && { authentication }),
    onHealthIssue: log,
    load: async () => pulsar,
  });
}

async function authenticationOf({ token, oauth2 }: PulsarLogin): Promise<Authentication | undefined> {
  if (oauth2) {
    const { credentials, ...issuer } = oauth2;
    return { kind: "oauth2", ...issuer, ...credentialsIn(credentials, await readSecret(credentials)) };
  }
  const tokens = pulsarTokens({ token });
  if (tokens === undefined) return undefined;
  await tokens.token();
  return { kind: "token", token: () => tokens.token() };
}
