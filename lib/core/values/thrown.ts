/** Runs something that a thrown value's owner may have tampered with; undefined when it throws. */
export function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/** Tells whether a thrown value is an error, of whichever realm. */
export function isError(thrown: unknown): thrown is Error {
  return (
    attempt(() => thrown instanceof Error || Object.prototype.toString.call(thrown) === "[object Error]") ??
    false
  );
}

/** Says in a text what was thrown, whatever that is: JSON where it can be. Never throws. */
export function textOfThrown(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (isError(thrown)) {
    const text = attempt(() => String(thrown));
    if (text !== undefined) return text;
  }
  const json = attempt(() => JSON.stringify(thrown) as string | undefined);
  const plain = (): string =>
    typeof thrown === "object" ? Object.prototype.toString.call(thrown) : String(thrown);
  return json ?? attempt(plain) ?? `a value that cannot be read, of type ${typeof thrown}`;
}
