import { ENCRYPTED_FORMAT } from "../../core/protocol/messages.ts";
import { InfiniticError } from "../../core/values/errors.ts";
import type { Cipher, Encrypt } from "./cipher.ts";

/** A later format than that of messages: a function that cannot decrypt has it wait, loudly. */
const HEAD = `{"format":${ENCRYPTED_FORMAT},"encrypted":"`;
const TAIL = '"}';

/** The topics that our own functions read; others are for the user's. */
const OURS = /^(workflow-engine|workflow-tags|task-executor):/;

/** What of a message is encrypted, and where it is to go. */
export interface Encryptable {
  readonly topic: string;
  readonly key?: string;
  readonly payload: string;
}

/** Tells whether a message's payload is encrypted. */
function isEncrypted(payload: string): boolean {
  return payload.startsWith(HEAD);
}

/** Tells whether a message is to be encrypted: one of ours that is not yet. */
export function isEncryptable({ topic, payload }: Encryptable): boolean {
  return OURS.test(topic) && !isEncrypted(payload);
}

/** Encrypts a message's payload, for its key alone. */
export function encryptMessage<M extends Encryptable>(encrypt: Encrypt, message: M): M {
  if (!isEncryptable(message)) return message;
  const envelope = encrypt(Buffer.from(message.payload), messagePlace(message.key));
  return { ...message, payload: HEAD + Buffer.from(envelope).toString("base64") + TAIL };
}

/**
 * Gives a message's payload as it was before it was encrypted, if it was.
 *
 * @throws InfiniticError `ENCRYPTION_KEY_UNAVAILABLE`, `DECRYPTION_FAILED`
 */
export async function decryptMessage(
  cipher: Cipher,
  payload: string,
  key: string | undefined,
): Promise<string> {
  if (!isEncrypted(payload)) return payload;
  const envelope = Buffer.from(payload.slice(HEAD.length, -TAIL.length), "base64");
  if (envelope.length === 0) {
    throw new InfiniticError("DECRYPTION_FAILED", "expected an encrypted message, got none of it");
  }
  return Buffer.from(await cipher.decrypt(envelope, messagePlace(key))).toString();
}

function messagePlace(key = ""): string {
  return `message:${key}`;
}
