import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { InfiniticError } from "../../core/values/errors.ts";
import type { DataKey } from "../../ports/data-keys.ts";

/**
 * The first byte of an envelope, its format: bodies that are not encrypted begin with 0 or 1, as the engine's codec has
 * it. What follows is the length of the wrapped key (2 bytes), the wrapped key, the nonce, the ciphertext and the tag.
 */
const FORMAT = 2;

const ALGORITHM = "aes-256-gcm";
const HEAD_BYTES = 3;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** An envelope's parts. */
export interface Envelope {
  readonly wrapped: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

/** Tells whether bytes are an envelope, of those that we store. */
export function isEnvelope(bytes: Uint8Array): boolean {
  return bytes[0] === FORMAT;
}

/** Encrypts bytes; `place` says what they are, and has to be told again. */
export function encryptWith({ plain, wrapped }: DataKey, bytes: Uint8Array, place: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, plain, nonce).setAAD(Buffer.from(place));
  const ciphertext = Buffer.concat([cipher.update(bytes), cipher.final()]);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(FORMAT, 0);
  head.writeUInt16BE(wrapped.length, 1);
  return Buffer.concat([head, wrapped, nonce, ciphertext, cipher.getAuthTag()]);
}

/** @throws InfiniticError `DECRYPTION_FAILED` when it is too short to be one */
export function readEnvelope(bytes: Uint8Array): Envelope {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = buffer.length < HEAD_BYTES ? 0 : buffer.readUInt16BE(1);
  const body = HEAD_BYTES + length + NONCE_BYTES;
  if (!isEnvelope(bytes) || buffer.length < body + TAG_BYTES) throw decryptionError("something else");
  return {
    wrapped: buffer.subarray(HEAD_BYTES, HEAD_BYTES + length),
    nonce: buffer.subarray(HEAD_BYTES + length, body),
    ciphertext: buffer.subarray(body, -TAG_BYTES),
    tag: buffer.subarray(-TAG_BYTES),
  };
}

/** @throws InfiniticError `DECRYPTION_FAILED` when it was tampered with, or belongs to another place */
export function decryptWith(
  plain: Uint8Array,
  { nonce, ciphertext, tag }: Envelope,
  place: string,
): Uint8Array {
  try {
    const decipher = createDecipheriv(ALGORITHM, plain, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(place)).setAuthTag(tag);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch (cause) {
    throw decryptionError(`bytes that were changed, or moved to ${place}`, cause);
  }
}

function decryptionError(got: string, cause?: unknown): InfiniticError {
  return new InfiniticError("DECRYPTION_FAILED", `expected an encrypted value, got ${got}`, { cause });
}
