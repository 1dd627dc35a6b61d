import type { EngineMessage } from "../core/protocol/messages.ts";
import { InfiniticError } from "../core/values/errors.ts";
import { isOneTimeKey } from "../core/values/timed-id.ts";
import { usualMethod } from "./api-setup.ts";
import type { Call } from "./call.ts";
import { claimKey, hashOf } from "./claim-key.ts";

/** How long a key is known; its message's id, which an instance remembers for its life, is known for longer. */
const KNOWN_SECONDS = 7 * 86_400;

/**
 * Accepts what a call is about to send: the contract lets it pass, the workflow has
 * such a method or channel, and the caller's key is not another call's.
 *
 * @param content what the call does, as its body says
 * @throws InfiniticError `SCHEMA_MISMATCH`, `UNKNOWN_METHOD`, `UNKNOWN_CHANNEL`, `IDEMPOTENCY_KEY_REUSED`
 */
export async function accept(call: Call, message: EngineMessage, content: unknown): Promise<void> {
  const { contracts, members } = call.parts;
  await contracts.admit(message);
  if (!isUsualStart(call, message)) await members.check(message);
  await claim(call, content);
}

/** The method that a start runs when it names none is what the deployment says, and asks nobody. */
function isUsualStart({ parts }: Call, message: EngineMessage): boolean {
  return message.kind === "start" && message.method === usualMethod(parts, message.workflow);
}

/**
 * Claims the caller's key for what the call does, before anything is sent: whoever used it first for something else at
 * this address is told. The typed client's own keys are used once, and cost nothing.
 *
 * @param content what the call does, as JSON: the same content in another order of its names is the same
 * @throws InfiniticError `IDEMPOTENCY_KEY_REUSED`
 */
async function claim(call: Call, content: unknown): Promise<void> {
  const { idempotencyKey: key, scope, parts } = call;
  if (key === undefined || isOneTimeKey(key)) return;
  // Keyed by the caller's key, which is stored nowhere: what the body is cannot be found out by guessing it alone.
  const fingerprint = hashOf(`${key} ${canonical(content)}`);
  const expiresAt = Math.floor(parts.clock.now() / 1_000) + KNOWN_SECONDS;
  const first = await parts.idempotencyKeys.claim(claimKey(scope, key), fingerprint, expiresAt);
  if (first.fingerprint === fingerprint) return;
  throw new InfiniticError(
    "IDEMPOTENCY_KEY_REUSED",
    `expected the call that Idempotency-Key ${JSON.stringify(key)} was used for at first, got another body`,
  );
}

/** Writes JSON with the names of each object in order. */
function canonical(content: unknown): string {
  return JSON.stringify(content, (_name, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}
