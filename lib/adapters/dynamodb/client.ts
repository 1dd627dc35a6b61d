import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";

/** Where DynamoDB is and who calls; found by the AWS SDK's own rules where absent. */
export type DynamoDbTarget = Pick<DynamoDBClientConfig, "region" | "credentials"> & {
  /** `http://…`; for emulators and private endpoints. */
  readonly endpoint?: string;
};

/** More would only hide an outage from the caller, who retries with a longer breath. */
const MAX_ATTEMPTS = 2;

/** In milliseconds. The SDK's own request timeout is never. */
const CONNECTION_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 5_000;

/** What the SDK does to each request for nobody here: with the middleware built once, a fifth of a call's CPU. */
const UNUSED_MIDDLEWARE = ["loggerMiddleware", "getUserAgentMiddleware", "recursionDetectionMiddleware"];

/** As many connections as a batch has keys. */
const MAX_SOCKETS = 256;

/**
 * Opens a client of DynamoDB with timeouts, connections that are kept alive, and two attempts a call.
 *
 * @example
 * const client = openClient({ endpoint: "http://127.0.0.1:8000", region: "local" });
 */
export function openClient(target: DynamoDbTarget = {}): DynamoDBClient {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const credentials = target.credentials ?? staticCredentials(target.endpoint);
  const client = new DynamoDBClient({
    ...target,
    ...(credentials && { credentials }),
    maxAttempts: MAX_ATTEMPTS,
    retryMode: "standard",
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
    cacheMiddleware: true,
  });
  for (const name of UNUSED_MIDDLEWARE) client.middlewareStack.remove(name);
  return client;
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
