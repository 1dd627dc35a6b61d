import { InfiniticError } from "./errors.ts";
import type { RunKey } from "./ids.ts";
import type { Json, JsonObject } from "./json.ts";
import { MAX_INLINE_BYTES, MAX_META_BYTES, MAX_PAYLOAD_BYTES } from "./limits.ts";
import type { Outcome } from "./outcome.ts";
import { show } from "./show.ts";
import { attempt } from "./thrown.ts";
import { isLongerThan, utf8Bytes } from "./utf8.ts";

/** Where a value is that is too large to travel; its key tells its content. */
export interface PayloadReference {
  readonly key: string;
  /** Of the value's JSON in UTF-8. */
  readonly bytes: number;
}

/** A message, an operation or a record of history: each has at most one of these places for a value. */
interface Holder {
  readonly args?: readonly Json[];
  readonly value?: Json;
  readonly outcome?: Outcome;
  readonly operation?: Holder;
}

/** An object with this for its one key is a reference; with more tildes before it, a user's value, escaped. */
const MARK = /^~+payload$/;
const REFERENCE = "~payload";

/** Makes the key of a payload: no part of it has a slash in it. */
export function payloadKey({ workflow, workflowId, run }: RunKey, name: string): string {
  return `${workflow}/${workflowId}/${run}/${name}`;
}

/** Splits a key into the run that has the payload and its name; undefined if it is none. */
export function parsePayloadKey(key: string): (RunKey & { readonly name: string }) | undefined {
  const [workflow, workflowId, run, name, rest] = key.split("/");
  if (!workflow || !workflowId || !run || !name || rest !== undefined) return undefined;
  return { workflow, workflowId, run, name };
}

/** Tells whether a payload belongs to this run. */
export function isOwnedBy({ key }: Pick<PayloadReference, "key">, run: RunKey): boolean {
  return key.startsWith(payloadKey(run, ""));
}

/** The reference that stands in place of a message's or record's value, if one does. */
export function referenceIn(holder: object): PayloadReference | undefined {
  const [name, content] = markOf(holder) ?? [];
  const { key, bytes } = (content ?? {}) as Partial<PayloadReference>;
  if (name !== REFERENCE || typeof key !== "string" || typeof bytes !== "number") return undefined;
  return parsePayloadKey(key) && { key, bytes };
}

/** Puts a reference in place of the value of a message or record. */
export function refer<H extends object>(holder: H, { key, bytes }: PayloadReference): H {
  return withMark(holder, REFERENCE, { key, bytes });
}

/** Escapes the value of a message or record where it looks like a reference. */
export function escaped<H extends object>(holder: H): H {
  const [name, content = null] = markOf(holder) ?? [];
  return name === undefined ? holder : withMark(holder, `~${name}`, content);
}

/**
 * Makes the value of a message or record ready to travel: left as it is; escaped, where it looks like a reference;
 * put away, when it is larger than `inlineBytes`. To be done once, where the value comes from.
 *
 * @throws InfiniticError `PAYLOAD_TOO_LARGE`
 */
export async function pack<H extends object>(
  holder: H,
  put: (text: string) => Promise<PayloadReference>,
  inlineBytes = MAX_INLINE_BYTES,
): Promise<H> {
  const value = carried(holder);
  if (value === undefined) return holder;
  const text = JSON.stringify(value);
  if (!isLongerThan(inlineBytes, text)) return escaped(holder);
  checkSize(text, "a value");
  return refer(holder, await put(text));
}

/**
 * Refuses JSON that cannot be stored.
 *
 * @throws InfiniticError `PAYLOAD_TOO_LARGE`
 */
export function checkSize(text: string, what: string, mostBytes = MAX_PAYLOAD_BYTES): void {
  if (!isLongerThan(mostBytes, text)) return;
  throw new InfiniticError(
    "PAYLOAD_TOO_LARGE",
    `expected ${what} to be at most ${mostBytes} bytes of JSON, got ${utf8Bytes(text)}`,
  );
}

/** Gives the value of a message or record back as it was before {@link pack}. To be done once, where it is used. */
export async function unpack<H extends object>(
  holder: H,
  get: (reference: PayloadReference) => Promise<string>,
): Promise<H> {
  const reference = referenceIn(holder);
  if (reference) return withValue(holder, JSON.parse(await get(reference)) as Json);
  const [name, content = null] = markOf(holder) ?? [];
  return name === undefined || name === REFERENCE ? holder : withMark(holder, name.slice(1), content);
}

/**
 * Gives meta as it travels with every message: a JSON object.
 *
 * @throws InfiniticError `INVALID_OPTION` for what is none; `PAYLOAD_TOO_LARGE`
 */
export function toMeta(meta: unknown): JsonObject {
  const text = attempt(() => JSON.stringify(meta) as string | undefined);
  const json: unknown = text === undefined ? undefined : JSON.parse(text);
  if (text === undefined || typeof json !== "object" || json === null || Array.isArray(json)) {
    const got =
      typeof meta === "object" && text === undefined ? "an object that is no JSON" : show(json ?? meta);
    throw new InfiniticError("INVALID_OPTION", `expected meta to be a JSON object, got ${got}`);
  }
  checkSize(text, "meta", MAX_META_BYTES);
  return json as JsonObject;
}

function carried({ operation, args, outcome, value }: Holder): Json | undefined {
  if (operation) return carried(operation);
  if (args) return args;
  return outcome?.kind === "completed" ? outcome.value : value;
}

function withValue<H extends object>(holder: H, value: Json): H {
  const { operation, args, outcome }: Holder = holder;
  if (operation) return { ...holder, operation: withValue(operation, value) };
  if (args) return { ...holder, args: value };
  return outcome ? { ...holder, outcome: { ...outcome, value } } : { ...holder, value };
}

/** The mark's name and content, where a value is an object with a mark for its one key. */
function markOf(holder: Holder): readonly [name: string, content: Json] | undefined {
  const value = carried(holder);
  // In place of arguments, which are an array, a mark stands alone in one.
  const marked = takesArgs(holder) && Array.isArray(value) ? onlyOne(value) : value;
  if (typeof marked !== "object" || marked === null || Array.isArray(marked)) return undefined;
  let only: string | undefined;
  for (const name in marked) {
    if (only !== undefined) return undefined; // large objects are not looked through
    only = name;
  }
  return only !== undefined && MARK.test(only)
    ? [only, (marked as { [name: string]: Json })[only] as Json]
    : undefined;
}

function withMark<H extends object>(holder: H, name: string, content: Json): H {
  const marked = { [name]: content };
  return withValue(holder, takesArgs(holder) ? [marked] : marked);
}

function takesArgs({ operation, args }: Holder): boolean {
  return (operation?.args ?? args) !== undefined;
}

function onlyOne(values: readonly Json[]): Json | undefined {
  return values.length === 1 ? values[0] : undefined;
}
