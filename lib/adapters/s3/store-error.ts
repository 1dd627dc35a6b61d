import { type ErrorCode, InfiniticError } from "../../core/values/errors.ts";

/** What the AWS SDK throws, and how S3 tells why an object was not deleted. */
interface Thrown {
  readonly name?: string | undefined;
  readonly message?: string | undefined;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const THROTTLED = new Set([
  "SlowDown",
  "ThrottlingException",
  "TooManyRequestsException",
  "RequestLimitExceeded",
]);
const PASSING = new Set(["InternalError", "ServiceUnavailable", "RequestTimeout", "OperationAborted"]);
/** Neither region nor credentials: nothing was sent. */
const SETUP = new Set(["CredentialsProviderError"]);

/** Translates what a call of S3 threw; an error of ours stays what it is. */
export function storeError(thrown: unknown): InfiniticError {
  if (thrown instanceof InfiniticError) return thrown;
  const { name = "Error", message = "", $metadata } = thrown as Thrown;
  const status = $metadata?.httpStatusCode;
  const got = [status, name].filter((part) => part !== undefined).join(" ");
  return new InfiniticError(
    codeOf(name, message, status),
    `expected an answer of S3, got ${got}: ${message}`,
    {
      cause: thrown,
    },
  );
}

function codeOf(name: string, message: string, status: number | undefined): ErrorCode {
  if (THROTTLED.has(name) || status === 429) return "STORE_THROTTLED";
  if (PASSING.has(name) || (status !== undefined && status >= 500)) return "STORE_UNAVAILABLE";
  if (status !== undefined) return "MISCONFIGURED";
  // No answer: either nothing could be sent at all, or the network failed.
  return SETUP.has(name) || message === "Region is missing" ? "MISCONFIGURED" : "STORE_UNAVAILABLE";
}
