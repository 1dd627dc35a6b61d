import { readSecret } from "../../lib/lambda/secret.ts";
import { desiredTopics } from "../topics/desired-topics.ts";
import { manageTopics } from "../topics/manage-topics.ts";
import { PulsarAdmin } from "../topics/pulsar-admin.ts";
import type { Plan } from "./plan.ts";
import type { PluginTools, Serverless } from "./serverless.ts";

/**
 * Creates and checks the topics of a service, with the token in `PULSAR_TOKEN` or, as whoever deploys, with the one
 * that the service's settings refer to.
 *
 * @throws InfiniticError `MISCONFIGURED`, `BROKER_UNAVAILABLE`
 */
export async function manageTopicsOf(
  { bridge, token: reference }: Plan,
  serverless: Serverless,
  log: PluginTools["log"],
): Promise<void> {
  const { pulsar } = serverless.service.custom?.infinitic ?? {};
  if (!pulsar) return;
  const { webUrl, adminUrl = webUrl, tenant = "public", namespace = "default", partitions } = pulsar;
  const token = await pulsarToken(reference, serverless);
  const admin = new PulsarAdmin({ adminUrl, tenant, namespace, token });
  await manageTopics(admin, desiredTopics(bridge, partitions), (line) => log.notice(line));
}

/** The token in `PULSAR_TOKEN`, or the one that the service's settings refer to, read as whoever runs the command. */
export async function pulsarToken(
  reference: Plan["token"],
  serverless: Serverless,
): Promise<string | undefined> {
  const token = process.env["PULSAR_TOKEN"];
  if (token || reference === undefined) return token || undefined;
  const { region, credentials } = await serverless.getProvider("aws").getAwsSdkV3Config();
  return readSecret(reference, { ...(region && { region }), ...(credentials && { credentials }) });
}
