import { InfiniticError } from "./errors.ts";
import type { Json, JsonObject } from "./json.ts";
import { RemoteError } from "./remote-error.ts";

/**
 * A failure as data: what crosses the wire and what history records instead of an Error.
 *
 * `cause` nests down to the original error; `properties` are the original error's own JSON properties
 * (for the catalogue's errors: the named facts, such as `service` and `method`).
 */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly properties?: JsonObject;
  readonly cause?: Failure;
}

const OWN = new Set(["name", "message", "stack", "cause"]);
const MAX_DEPTH = 20;

/** Converts whatever was thrown to data; functions, symbols and cycles among its properties are left out. */
export function failureOf(thrown: unknown, depth = 0): Failure {
  if (!(thrown instanceof Error)) return { name: "Error", message: describe(thrown) };
  const properties = thrown instanceof RemoteError ? thrown.properties : ownProperties(thrown);
  return {
    // Whoever throws may have set them to anything; the wire wants texts, and a name.
    name: String(thrown.name || "Error"),
    message: String(thrown.message),
    // Where an error of the catalogue was made says nothing to anybody; its code does.
    ...(thrown.stack !== undefined && !(thrown instanceof InfiniticError) && { stack: String(thrown.stack) }),
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(thrown.cause !== undefined && depth < MAX_DEPTH && { cause: failureOf(thrown.cause, depth + 1) }),
  };
}

function ownProperties(error: Error): JsonObject {
  const properties: [string, Json][] = [];
  for (const [key, value] of Object.entries(error)) {
    const json = OWN.has(key) ? undefined : jsonOf(value);
    if (json !== undefined) properties.push([key, json]);
  }
  return Object.fromEntries(properties);
}

function jsonOf(value: unknown): Json | undefined {
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}

function describe(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  const json = jsonOf(thrown);
  if (json !== undefined) return JSON.stringify(json);
  return typeof thrown === "object" ? Object.prototype.toString.call(thrown) : String(thrown);
}
