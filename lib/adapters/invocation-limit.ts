/** Lambda's bound on a synchronous request and on its answer, in UTF-8 bytes. */
const MAX_INVOCATION_BYTES = 6 * 1024 * 1024;

/** Tells whether Lambda takes a text of this length. */
export function fitsInvocation(payload: string): boolean {
  // A UTF-16 unit is at most three bytes of UTF-8: short payloads need no counting.
  return payload.length * 3 <= MAX_INVOCATION_BYTES || Buffer.byteLength(payload) <= MAX_INVOCATION_BYTES;
}
