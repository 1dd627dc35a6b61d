import { InfiniticError } from "../../lib/core/values/errors.ts";
import { arn, type Statement } from "./cloudformation.ts";

/** Where a secret is: in the template and in environments there is only this. */
export type SecretReference = `ssm:${string}` | `secretsmanager:${string}`;

/**
 * Checks a reference to a secret.
 *
 * @throws InfiniticError `INVALID_OPTION`, without what was given: it may be the secret itself
 */
export function secretReference(where: string, given: string): SecretReference {
  const text = given.trim();
  if (/^(ssm:\/[\w./-]+|secretsmanager:[\w/+=.@:-]+)$/.test(text)) return text as SecretReference;
  throw new InfiniticError(
    "INVALID_OPTION",
    `${where}: expected where the secret is, as ssm:/path or secretsmanager:name, got something else (not shown: it may be the secret)`,
  );
}

/** The right to read a secret. */
export function readSecret(reference: SecretReference): Statement {
  const name = reference.slice(reference.indexOf(":") + 1);
  if (reference.startsWith("ssm:")) {
    return { Effect: "Allow", Action: "ssm:GetParameter", Resource: arn("ssm", `parameter${name}`) };
  }
  // Secrets Manager ends each ARN with six characters of its own.
  const resource = name.startsWith("arn:") ? name : arn("secretsmanager", `secret:${name}-??????`);
  return { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: resource };
}
