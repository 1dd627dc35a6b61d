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

/** Characters of a failure with its causes, and of one text in it: a failure must fit any message. */
const MAX_CHARACTERS = 64 * 1024;
const MAX_TEXT = 8 * 1024;

/**
 * Converts whatever was thrown to data. Functions, symbols and cycles among its properties are left out; a text over
 * 8 K characters is cut, and what exceeds 64 K with all causes is left out too.
 */
export function failureOf(thrown: unknown): Failure {
  return convert(thrown, 0, new Room());
}

/** How much may still be told. */
class Room {
  #left = MAX_CHARACTERS;

  cut(text: string): string {
    const most = Math.min(MAX_TEXT, this.#left);
    this.#left -= Math.min(text.length, most);
    return text.length <= most ? text : `${text.slice(0, most)}…`;
  }

  fits(key: string, value: Json): boolean {
    const { length } = JSON.stringify([key, value]);
    if (length > this.#left) return false;
    this.#left -= length;
    return true;
  }
}

function convert(thrown: unknown, depth: number, room: Room): Failure {
  if (!(thrown instanceof Error)) return { name: "Error", message: room.cut(describe(thrown)) };
  // Whoever throws may have set them to anything; the wire wants texts, and a name.
  const name = room.cut(String(thrown.name || "Error"));
  const message = room.cut(String(thrown.message));
  const told = thrown instanceof RemoteError ? propertiesOf(thrown.properties) : ownProperties(thrown);
  const properties = told.filter(([key, value]) => room.fits(key, value));
  // Where an error of the catalogue was made says nothing to anybody; its code does.
  const stack = thrown instanceof InfiniticError ? undefined : thrown.stack;
  return {
    name,
    message,
    ...(stack !== undefined && { stack: room.cut(String(stack)) }),
    ...(properties.length > 0 && { properties: Object.fromEntries(properties) }),
    ...(thrown.cause !== undefined && depth < MAX_DEPTH && { cause: convert(thrown.cause, depth + 1, room) }),
  };
}

function ownProperties(error: Error): readonly (readonly [string, Json])[] {
  return propertiesOf(error).filter(([key]) => !OWN.has(key));
}

/** Copies of what is JSON. */
function propertiesOf(object: object): readonly (readonly [string, Json])[] {
  return Object.entries(object).flatMap(([key, value]) => {
    const json = jsonOf(value);
    return json === undefined ? [] : [[key, json] as const];
  });
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
