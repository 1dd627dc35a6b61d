/** A UUID that begins with the instant at which it was made, as RFC 9562 lays it out: of version 7, or 8. */
const TIMED = /^([\da-f]{8})-([\da-f]{4})-([78])[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

/** Makes a random UUID one that tells when it was made; any other id is left as it is. */
export function timedId(id: string, at: number): string {
  return withTime(id, at, 7);
}

/**
 * Makes a key of a random UUID, for one call and its retries only. It is of version 8, which is for whoever makes it to
 * give a meaning, and tells when it was made.
 */
export function oneTimeKey(uuid: string, at: number): string {
  return withTime(uuid, at, 8);
}

/** Tells whether a key is one of {@link oneTimeKey}: nobody uses it for anything else. */
export function isOneTimeKey(key: string): boolean {
  return TIMED.exec(key)?.[3] === "8";
}

/** Tells when an id was made, in epoch milliseconds; undefined where it does not say so. */
export function timeOfId(id: string): number | undefined {
  const [, high, low] = TIMED.exec(id) ?? [];
  return high === undefined ? undefined : Number.parseInt(`${high}${low}`, 16);
}

function withTime(id: string, at: number, version: 7 | 8): string {
  if (!UUID.test(id)) return id;
  const time = Math.trunc(at).toString(16).padStart(12, "0").slice(-12);
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}${id.slice(15)}`;
}
