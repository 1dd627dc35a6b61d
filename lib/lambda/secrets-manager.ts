import {
  GetSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from "@aws-sdk/client-secrets-manager";

/** Reads a secret's text. Throws what the AWS SDK throws. */
export async function readSecretText(
  SecretId: string,
  as: SecretsManagerClientConfig,
): Promise<string | undefined> {
  const client = new SecretsManagerClient(as);
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
  client.destroy();
  return SecretString;
}
