import { tokenText } from "../../lib/adapters/token-text.ts";
import { pulsarTokens } from "../../lib/lambda/pulsar-token.ts";
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
  plan: Plan,
  serverless: Serverless,
  log: PluginTools["log"],
): Promise<void> {
  const { webUrl, adminUrl = webUrl, tenant = "public", namespace = "default", partitions } = plan.pulsar;
  const token = await pulsarToken(plan, serverless);
  const admin = new PulsarAdmin({ adminUrl, tenant, namespace, token });
  await manageTopics(admin, desiredTopics(plan.bridge, partitions), (line) => log.notice(line));
}

/**
 * The token in `PULSAR_TOKEN`, or the one that the service's settings refer to, or that an issuer gives for what they
 * refer to, read as whoever runs the command.
 */
export async function pulsarToken(
  { token: reference, pulsar: { oauth2 } }: Pick<Plan, "token" | "pulsar">,
  serverless: Serverless,
): Promise<string | undefined> {
  const token = process.env["PULSAR_TOKEN"];
  if (token) return tokenText("PULSAR_TOKEN", token);
  if (reference === undefined && oauth2 === undefined) return undefined;
  const { region, credentials } = await serverless.getProvider("aws").getAwsSdkV3Config();
  const as = { ...(region && { region }), ...(credentials && { credentials }) };
  return pulsarTokens({ token: reference, oauth2 }, as)?.token();
}
