import { type ErrorCode, InfiniticError } from "../../core/values/errors.ts";

/** How DynamoDB answers when it does not do what it is asked. */
export interface Refusal {
  /** HTTP status. */
  readonly status: number;
  /** The error's name in DynamoDB's API. */
  readonly name: string;
  readonly message: string;
}

const THROTTLED = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "RequestLimitExceeded",
]);

/** Translates a refusal. */
export function refusalError({ status, name, message }: Refusal): InfiniticError {
  return new InfiniticError(
    codeOf({ status, name, message }),
    `expected an answer of DynamoDB, got ${status} ${name}: ${message}`,
  );
}

/** No answer, or none that can be read: what was asked may be done or not. */
export function unavailableError(message: string): InfiniticError {
  return new InfiniticError("STORE_UNAVAILABLE", `expected an answer of DynamoDB, got none: ${message}`);
}

/** Neither region nor credentials: nothing was sent. */
export function setupError(cause: unknown): InfiniticError {
  return new InfiniticError("MISCONFIGURED", `expected a region and credentials for DynamoDB: ${cause}`, {
    cause,
  });
}

function codeOf({ status, name, message }: Refusal): ErrorCode {
  if (THROTTLED.has(name) || status === 429) return "STORE_THROTTLED";
  if (status >= 500) return "STORE_UNAVAILABLE";
  if (name === "ValidationException" && message.includes("size has exceeded")) return "ITEM_TOO_LARGE";
  // No table, another table's keys, no right, credentials that are not known or have expired.
  return "MISCONFIGURED";
}
