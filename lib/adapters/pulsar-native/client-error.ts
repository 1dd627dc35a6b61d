import { InfiniticError } from "../../core/values/errors.ts";

/** The client's results that do not change by themselves; its errors end with one: `Failed to …: <result>`. */
const REFUSALS: ReadonlySet<string> = new Set([
  "AuthenticationError",
  "AuthorizationError",
  "ConsumerBusy",
  "ErrorGettingAuthenticationData",
  "IncompatibleSchema",
  "InvalidConfiguration",
  "InvalidTopicName",
  "InvalidUrl",
  "OperationNotSupported",
  "ResultNotAllowedError",
  "TopicNotFound",
  "TopicTerminated",
  "UnsupportedVersionError",
]);

/**
 * Says in our own words what the client has said.
 *
 * @param expected ends the sentence that begins with "expected"
 * @returns `MESSAGE_TOO_LARGE` when the broker is set to take less, `MISCONFIGURED` when the broker refuses (token, rights, kind of subscription), `BROKER_UNAVAILABLE` otherwise
 */
export function clientError(expected: string, cause: unknown): InfiniticError {
  const got = cause instanceof Error ? cause.message : String(cause);
  const result = got.slice(got.lastIndexOf(":") + 1).trim();
  return new InfiniticError(codeOf(result), `expected ${expected}, got ${got}`, { cause });
}

function codeOf(result: string): "MESSAGE_TOO_LARGE" | "MISCONFIGURED" | "BROKER_UNAVAILABLE" {
  if (result === "MessageTooBig") return "MESSAGE_TOO_LARGE";
  return REFUSALS.has(result) ? "MISCONFIGURED" : "BROKER_UNAVAILABLE";
}
