/** A JSON value: what arguments, results and signals are on the wire. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/**
 * Parses JSON text of others. A byte order mark before it is left out, as RFC 8259 lets a reader do: some editors and
 * platforms write one.
 *
 * @throws SyntaxError for what is no JSON
 */
export function readJson(text: string): unknown {
  return JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
}
