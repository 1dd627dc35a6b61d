import type { Statement } from "./cloudformation.ts";
import type { Member, Plan } from "./plan.ts";
import type { Serverless } from "./serverless.ts";

type Functions = Serverless["service"]["functions"];

/** Data keys are made for nothing else: a key that serves others, too, gives nobody theirs. */
const OURS = { StringEquals: { "kms:EncryptionContext:application": "infinitic-serverless" } };

/** What a function does with values: those of the bridge's triggers are encrypted, and nobody else's are decrypted there. */
const USES = {
  service: ["kms:GenerateDataKey", "kms:Decrypt"],
  workflow: ["kms:GenerateDataKey", "kms:Decrypt"],
  api: ["kms:GenerateDataKey", "kms:Decrypt"],
  bridge: ["kms:GenerateDataKey"],
  timers: [],
  handler: [],
} as const satisfies { readonly [kind in Member["kind"]]: readonly string[] };

/** The rights to encrypt and decrypt values, of those who do. */
export function useKeys(kind: Member["kind"], plan: Plan): readonly Statement[] {
  const { encryption } = plan;
  if (!encryption || !usesKeys(kind, plan)) return [];
  const allow = (Action: readonly string[], keys: readonly unknown[]): Statement => ({
    Effect: "Allow",
    Action,
    Resource: keys,
    Condition: OURS,
  });
  const mayRead = USES[kind].length > 1 && encryption.formerKeys.length > 0;
  return [
    allow(USES[kind], [encryption.kmsKey]),
    ...(mayRead ? [allow(["kms:Decrypt"], encryption.formerKeys)] : []),
  ];
}

/** Tells those functions the key that encrypt. */
export function applyEncryption(plan: Plan, functions: Functions, key = plan.encryption?.kmsKey): void {
  if (!plan.encryption) return;
  for (const member of plan.members) {
    const deployed = functions[member.key];
    if (deployed && usesKeys(member.kind, plan))
      deployed.environment = { INFINITIC_KMS_KEY: key, ...deployed.environment };
  }
}

/** On this machine there is no KMS: a key is made of a text, so that everything else is as it will be. */
export function applyLocalEncryption(plan: Plan, functions: Functions): void {
  applyEncryption(plan, functions, `local:${plan.serviceName}`);
}

function usesKeys(kind: Member["kind"], { bridge }: Plan): boolean {
  if (kind === "bridge") return "triggers" in bridge;
  return USES[kind].length > 0;
}
