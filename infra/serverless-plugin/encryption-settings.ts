import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { Settings } from "./serverless.ts";

/** The keys of values: ARNs, or what CloudFormation makes one of. */
export interface CheckedEncryption {
  readonly kmsKey: unknown;
  /** Under which nothing is encrypted any more. */
  readonly formerKeys: readonly unknown[];
}

const KEY_ARN = /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/;

/** @throws InfiniticError `INVALID_OPTION` */
export function checkEncryption({
  kmsKey,
  formerKeys = [],
}: NonNullable<Settings["encryption"]>): CheckedEncryption {
  for (const key of [kmsKey, ...formerKeys]) {
    if (typeof key !== "string" || KEY_ARN.test(key)) continue;
    throw new InfiniticError(
      "INVALID_OPTION",
      `custom.infinitic.encryption: expected the ARN of a key, which an alias is not: rights are given for keys; got ${key}`,
    );
  }
  return { kmsKey, formerKeys };
}
