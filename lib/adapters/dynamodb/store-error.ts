import { type ErrorCode, InfiniticError } from "../../core/errors.ts";

const THROTTLED = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "Throttling",
  "RequestLimitExceeded",
]);

/** Statuses at which an AWS API asks to slow down, whatever the error is called. */
const TOO_MANY_REQUESTS = 429;
const SERVER_ERROR = 500;

/** What the AWS SDK's errors have in common. */
interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * Awaits a call of DynamoDB, translating what it throws.
 *
 * @throws InfiniticError `STORE_THROTTLED`, `STORE_UNAVAILABLE` (network, timeout, 5xx), `ITEM_TOO_LARGE`,
 * `MISCONFIGURED` (no table, no right, no credentials, no region)
 */
export async function translated<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw storeError(error);
  }
}

/** Translates what a call of DynamoDB threw. */
export function storeError(thrown: unknown): InfiniticError {
  if (thrown instanceof InfiniticError) return thrown;
  const error = thrown as SdkError;
  return new InfiniticError(
    codeOf(error),
    `expected an answer of DynamoDB, got ${error.name}: ${error.message}`,
    {
      cause: thrown,
    },
  );
}

function codeOf({ name, message, $metadata }: SdkError): ErrorCode {
  const status = $metadata?.httpStatusCode;
  if (THROTTLED.has(name) || status === TOO_MANY_REQUESTS) return "STORE_THROTTLED";
  if (name === "ValidationException" && message.includes("size has exceeded")) return "ITEM_TOO_LARGE";
  if (status === undefined) return isSetup(name, message) ? "MISCONFIGURED" : "STORE_UNAVAILABLE";
  // Below 400: an answer that could not be read.
  return status >= 400 && status < SERVER_ERROR ? "MISCONFIGURED" : "STORE_UNAVAILABLE";
}

/** Tells whether the SDK gave up before it sent anything, for want of credentials or a region. */
function isSetup(name: string, message: string): boolean {
  return name.endsWith("ProviderError") || message.startsWith("Region is missing");
}
