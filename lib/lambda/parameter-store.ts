import { GetParameterCommand, SSMClient, type SSMClientConfig } from "@aws-sdk/client-ssm";

/** Reads a parameter, decrypted. Throws what the AWS SDK throws. */
export async function readParameter(Name: string, as: SSMClientConfig): Promise<string | undefined> {
  const client = new SSMClient(as);
  const { Parameter } = await client.send(new GetParameterCommand({ Name, WithDecryption: true }));
  client.destroy();
  return Parameter?.Value;
}
