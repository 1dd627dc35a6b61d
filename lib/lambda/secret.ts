import type { SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import type { SSMClientConfig } from "@aws-sdk/client-ssm";
import { InfiniticError } from "../core/values/errors.ts";

/** In milliseconds. The SDK's own request timeout is never. */
const REQUEST_HANDLER = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

/** As whom and where the secret is read. Default: as this process, where it runs. */
export type SecretClient = Pick<SSMClientConfig & SecretsManagerClientConfig, "region" | "credentials">;

/**
 * Reads a secret where the deployment says it is: it stands neither in templates nor in environments. Only then is
 * the AWS SDK's client loaded.
 *
 * @param reference `ssm:/path` of a parameter, or `secretsmanager:` and the name or ARN of a secret
 * @throws InfiniticError `MISCONFIGURED` when it cannot be read; never with the secret
 * @example
 * const token = await readSecret("ssm:/booking/pulsar-token");
 */
export async function readSecret(reference: string, as: SecretClient = {}): Promise<string> {
  const [, source, name = ""] = /^(ssm|secretsmanager):(.+)$/.exec(reference) ?? [];
  let value: string | undefined;
  try {
    if (source === "ssm") value = await parameter(name, as);
    if (source === "secretsmanager") value = await secret(name, as);
  } catch (cause) {
    throw unreadable(reference, `${(cause as Error).name}: ${(cause as Error).message}`, cause);
  }
  const text = value?.trim(); // a line end or a byte order mark is no part of any secret
  if (text) return text;
  // What is no reference may be the secret itself.
  if (source === undefined) throw unreadable("ssm:/path or secretsmanager:name", "something else");
  throw unreadable(reference, "an empty one");
}

// Of modules of our own, which a bundler can leave unused commands out of.
async function parameter(name: string, as: SecretClient): Promise<string | undefined> {
  const { readParameter } = await import("./parameter-store.ts");
  return readParameter(name, { ...as, requestHandler: REQUEST_HANDLER });
}

async function secret(id: string, as: SecretClient): Promise<string | undefined> {
  const { readSecretText } = await import("./secrets-manager.ts");
  return readSecretText(id, { ...as, requestHandler: REQUEST_HANDLER });
}

function unreadable(reference: string, got: string, cause?: unknown): InfiniticError {
  return new InfiniticError("MISCONFIGURED", `expected a secret at ${reference}, got ${got}`, { cause });
}
