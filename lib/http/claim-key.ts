import { createHash } from "node:crypto";

/** What a caller's key is known by, within a scope. */
export function claimKey(scope: string, key: string): string {
  return hashOf(`${scope} ${key}`);
}

/** Hashes a text so that nobody can find it out. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** An operation and what it is done to, in one text: what an Idempotency-Key counts within. */
export function scopeOf(operationId: string, path: { readonly [name: string]: string }): string {
  return JSON.stringify([operationId, path]);
}
