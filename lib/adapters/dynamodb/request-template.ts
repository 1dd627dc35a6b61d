import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { type DynamoDbTarget, openClient } from "./client.ts";

type Signer = Awaited<ReturnType<ReturnType<typeof openClient>["config"]["signer"]>>;
type SdkRequest = Parameters<Signer["sign"]>[0];

/** A request to DynamoDB as the AWS SDK makes it, without operation, body and signature. */
export interface RequestTemplate {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number;
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  /** Renews credentials as they expire. */
  readonly signer: Signer;
}

/**
 * Asks the AWS SDK once how it would send a request about this table.
 *
 * Region, endpoint, credentials and signature stay the SDK's; only its middleware is left out of each call,
 * because it doubles what a call costs (docs/decisions/0011).
 *
 * @throws whatever the SDK throws where it finds no region or no credentials
 */
export async function resolveTemplate(target: DynamoDbTarget, tableName: string): Promise<RequestTemplate> {
  const seen = Promise.withResolvers<Omit<RequestTemplate, "signer">>();
  const client = openClient(target, {
    handle: async ({ protocol, hostname, port, path, headers }: SdkRequest) => {
      seen.resolve({
        protocol,
        hostname,
        port: port ?? (protocol === "https:" ? 443 : 80),
        path,
        headers: { host: headers["host"] ?? hostname, "content-type": headers["content-type"] ?? "" },
      });
      return { response: { statusCode: 200, headers: {} } };
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  });
  await client.send(new GetItemCommand({ TableName: tableName, Key: { pk: { S: "-" }, sk: { S: "-" } } }));
  return { ...(await seen.promise), signer: await client.config.signer() };
}
