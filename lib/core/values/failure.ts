import { ERRORS, type ErrorCode, InfiniticError } from "./errors.ts";
import type { Json, JsonObject } from "./json.ts";
import { RemoteError } from "./remote-error.ts";
import { attempt, isError, textOfThrown } from "./thrown.ts";

/**
 * A failure as data: what crosses the wire and what history records instead of an Error.
 *
 * `cause` nests down to the original error; `properties` are the original error's own JSON properties
 * (for the catalogue's errors: the named facts, such as `service` and `method`).
 */
export interface Failure {
  readonly name: string;
  readonly message: string;
  /** It is a user's, though it has the name and the code of one of the catalogue's. */
  readonly foreign?: true;
  readonly stack?: string;
  readonly properties?: JsonObject;
  readonly cause?: Failure;
  /** What an AggregateError is made of, such as the reasons of `Promise.any`. */
  readonly errors?: readonly Failure[];
}

const OWN = new Set(["name", "message", "stack", "cause"]);
const MAX_DEPTH = 20;

/** Characters of a failure with its causes, and of one text in it: a failure must fit any message. */
const MAX_CHARACTERS = 64 * 1024;
const MAX_TEXT = 8 * 1024;
/** Properties of one error, and errors in one. */
const MAX_ENTRIES = 200;

/**
 * Converts whatever was thrown to data, and never throws itself: what cannot be read of it is left out, as are
 * functions, symbols and cycles among its properties; a text over 8 K characters is cut, and what exceeds 64 K with all
 * causes is left out too.
 */
export function failureOf(thrown: unknown): Failure {
  return convert(thrown, 0, new Room());
}

/** Cuts a failure that was made elsewhere, as {@link failureOf} would have. */
export function fitted(failure: Failure): Failure {
  return cutTo(failure, 0, new Room());
}

function cutTo(
  { stack, properties = {}, cause, errors = [], ...own }: Failure,
  depth: number,
  room: Room,
): Failure {
  const kept = Object.entries(properties).filter(([key, value]) => room.fits(key, value));
  const deeper = (one: Failure): Failure => cutTo(one, depth + 1, room);
  const isDeep = depth >= MAX_DEPTH;
  return {
    ...own,
    name: room.cut(own.name),
    message: room.cut(own.message),
    ...(stack !== undefined && { stack: room.cut(stack) }),
    ...(kept.length > 0 && { properties: Object.fromEntries(kept) }),
    ...(cause && !isDeep && { cause: deeper(cause) }),
    ...(errors.length > 0 && !isDeep && { errors: errors.slice(0, MAX_ENTRIES).map(deeper) }),
  };
}

/** How much may still be told. */
class Room {
  #left = MAX_CHARACTERS;

  get isFull(): boolean {
    return this.#left <= 0;
  }

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
  if (!isError(thrown)) return { name: "Error", message: room.cut(textOfThrown(thrown)) };
  // Whoever throws may have set them to anything; the wire wants texts, and a name.
  const name = room.cut(nameIn(thrown));
  const message = room.cut(textIn(thrown, "message") ?? "");
  const isOurs = thrown instanceof InfiniticError;
  const properties = propertiesOf(thrown).filter(([key, value]) => room.fits(key, value));
  // Where an error of the catalogue was made says nothing to anybody; its code does.
  const stack = isOurs ? undefined : textIn(thrown, "stack");
  const cause = depth < MAX_DEPTH ? read(thrown, "cause") : undefined;
  const errors = depth < MAX_DEPTH ? errorsIn(thrown) : [];
  return {
    name,
    message,
    ...(!isOurs && namedCodeOf({ name, properties: Object.fromEntries(properties) }) && { foreign: true }),
    ...(stack !== undefined && { stack: room.cut(stack) }),
    ...(properties.length > 0 && { properties: Object.fromEntries(properties) }),
    ...(cause !== undefined && { cause: convert(cause, depth + 1, room) }),
    ...(errors.length > 0 && { errors: convertAll(errors, depth + 1, room) }),
  };
}

/** The code of an error that has the catalogue's name for it. */
export function namedCodeOf({
  name,
  properties,
}: Pick<Failure, "name" | "properties">): ErrorCode | undefined {
  const code = properties?.["code"];
  if (typeof code !== "string" || !Object.hasOwn(ERRORS, code)) return undefined;
  return ERRORS[code as ErrorCode].name === name ? (code as ErrorCode) : undefined;
}

function convertAll(errors: readonly unknown[], depth: number, room: Room): readonly Failure[] {
  const failures: Failure[] = [];
  for (const error of errors) if (!room.isFull) failures.push(convert(error, depth, room));
  return failures;
}

/** The errors that an error is made of: its `errors`, if one of them is an error. */
function errorsIn(error: Error): readonly unknown[] {
  const errors = read(error, "errors");
  const isList = attempt(() => Array.isArray(errors) && errors.some(isError)) ?? false;
  return isList ? (attempt(() => (errors as unknown[]).slice(0, MAX_ENTRIES)) ?? []) : [];
}

/** An error's own properties; a remote error's are those that it came with, and what was added since. */
function propertiesOf(error: Error): readonly (readonly [string, Json])[] {
  const came = error instanceof RemoteError ? error.properties : {};
  const own = attempt(() => Object.keys(error).slice(0, MAX_ENTRIES)) ?? [];
  const isMade = (key: string): boolean =>
    OWN.has(key) ||
    (key === "properties" && error instanceof RemoteError) ||
    (key === "errors" && errorsIn(error).length > 0);
  const properties = new Map<string, Json>(attempt(() => Object.entries(came)) ?? []);
  for (const key of own) {
    const json = isMade(key) ? undefined : jsonOf(read(error, key));
    if (json !== undefined) properties.set(key, json);
  }
  return [...properties];
}

function nameIn(error: Error): string {
  return (read(error, "name") ? textIn(error, "name") : undefined) || "Error";
}

function textIn(error: Error, property: string): string | undefined {
  const value = read(error, property);
  return value === undefined || value === null
    ? undefined
    : (attempt(() => String(value)) ?? textOfThrown(value));
}

function read(error: Error, property: string): unknown {
  return attempt(() => (error as unknown as { readonly [name: string]: unknown })[property]);
}

function jsonOf(value: unknown): Json | undefined {
  return attempt(() => {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  });
}
