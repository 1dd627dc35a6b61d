import { InfiniticError } from "./errors.ts";
import type { Json, JsonObject } from "./json.ts";
import { MAX_HEADERS_BYTES } from "./limits.ts";
import { show } from "./show.ts";
import { attempt } from "./thrown.ts";
import { utf8Bytes } from "./utf8.ts";

/** What travels with messages beside their content: at most 4 KB of JSON, such as a tenant or a user. */
export type MessageHeaders = JsonObject;

/** Headers that an interceptor may write to. */
export interface WritableHeaders {
  [name: string]: Json;
}

/**
 * Copies headers as JSON has them.
 *
 * @throws InfiniticError `INVALID_OPTION` for what is no JSON object, or is larger than 4 KB
 */
export function toHeaders(headers: unknown): MessageHeaders {
  const text = attempt(() => JSON.stringify(headers) as string | undefined);
  const json: unknown = text === undefined ? undefined : JSON.parse(text);
  if (text === undefined || typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new InfiniticError(
      "INVALID_OPTION",
      `expected headers to be a JSON object, got ${show(json ?? headers)}`,
    );
  }
  const bytes = utf8Bytes(text);
  if (bytes > MAX_HEADERS_BYTES) {
    throw new InfiniticError(
      "INVALID_OPTION",
      `expected headers of at most ${MAX_HEADERS_BYTES} bytes of JSON, got ${bytes}`,
    );
  }
  return json as JsonObject;
}

/** Copies headers, so that they can be written to. */
export function writable(headers: MessageHeaders): WritableHeaders {
  return JSON.parse(JSON.stringify(headers)) as WritableHeaders;
}
