import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";

/** Where DynamoDB is and who calls; found by the AWS SDK's own rules where absent. */
export type DynamoDbTarget = Pick<DynamoDBClientConfig, "region" | "credentials"> & {
  /** `http://…`; for emulators and private endpoints. */
  readonly endpoint?: string;
};

/** In milliseconds. The SDK's own request timeout is never. */
const DEFAULT_HANDLER = { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true };

/**
 * Opens the AWS SDK's client. The stores do not call through it ({@link DynamoDbApi} does); it is for what is
 * called once.
 *
 * @example
 * const client = openClient({ endpoint: "http://127.0.0.1:8000", region: "local" });
 */
export function openClient(
  target: DynamoDbTarget,
  requestHandler: DynamoDBClientConfig["requestHandler"] = DEFAULT_HANDLER,
): DynamoDBClient {
  const credentials = target.credentials ?? staticCredentials(target.endpoint);
  return new DynamoDBClient({ ...target, ...(credentials && { credentials }), requestHandler });
}

/**
 * The credentials of the environment, which in a Lambda function outlive it; an emulator takes any. Given once,
 * the SDK need not look for them.
 */
function staticCredentials(endpoint: string | undefined): DynamoDBClientConfig["credentials"] {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = process.env;
  if (accessKeyId && secretAccessKey) {
    return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  }
  return isLoopback(endpoint) ? { accessKeyId: "local", secretAccessKey: "local" } : undefined;
}

function isLoopback(endpoint: string | undefined): boolean {
  return endpoint !== undefined && ["127.0.0.1", "localhost", "[::1]"].includes(new URL(endpoint).hostname);
}
