import { InfiniticError } from "../../core/values/errors.ts";

/** What KMS answers when it has never wrapped such a key, or not with this context. */
const UNKNOWN = new Set(["InvalidCiphertextException", "IncorrectKeyException"]);

/** Translates what a call of KMS threw. */
export function keyError(keyId: string, thrown: unknown): InfiniticError {
  const { name = "Error", message = "" } = thrown as { readonly name?: string; readonly message?: string };
  if (UNKNOWN.has(name)) {
    return new InfiniticError(
      "DECRYPTION_FAILED",
      `expected a data key that KMS has wrapped, got ${name}${message && `: ${message}`}`,
      { cause: thrown },
    );
  }
  return new InfiniticError(
    "ENCRYPTION_KEY_UNAVAILABLE",
    `expected a data key of ${keyId}, got ${name}: ${message}`,
    { cause: thrown },
  );
}
