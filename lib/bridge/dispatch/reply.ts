import type {
  Emit,
  InvocationReply,
  ItemFailure,
  Parked,
  SweepReply,
} from "../../core/protocol/invocation.ts";
import type { Batch, KeyBatch } from "./batch.ts";

/**
 * Reads a function's reply and hands each run its part of it.
 *
 * Checked by hand, and only what the bridge relies on: this is the hot path, and replies are megabytes.
 *
 * @returns the reply, or undefined when it is not one: then no run was touched
 */
export function readReply(payload: string, batch: Batch): InvocationReply | undefined {
  const reply = parse(payload);
  if (!isRecord(reply) || !isArrayOf(reply["emits"], isEmit)) return undefined;
  if (!isArrayOf(reply["batchItemFailures"], isItemFailure)) return undefined;
  if (reply["parked"] !== undefined && !isArrayOf(reply["parked"], isParked)) return undefined;
  if (
    reply["keys"] !== undefined &&
    !(isRecord(reply["keys"]) && Object.values(reply["keys"]).every(isKeyReply))
  )
    return undefined;
  // Its shape was checked just above.
  const checked = reply as unknown as InvocationReply;
  return share(checked, batch) ? checked : undefined;
}

/**
 * Reads a partial batch response as AWS reads that of a stream's handler: nothing, null and an empty list say that all
 * went well, in place of the response or of its failures.
 *
 * @returns false when it is none, or names what was not in the batch: then no run was touched
 */
export function readStreamReply(payload: string, batch: Batch): boolean {
  const reply = payload.trim() === "" ? null : parse(payload);
  if (!isRecord(reply)) return reply === null;
  const batchItemFailures = reply["batchItemFailures"] ?? [];
  if (!isArrayOf(batchItemFailures, isItemIdentifier)) return false;
  // Its shape was checked just above. AWS knows no reason, so one that is no text is something else of the handler's.
  const failures = batchItemFailures as readonly {
    readonly itemIdentifier: string;
    readonly reason?: unknown;
  }[];
  const told = failures.map(
    ({ itemIdentifier, reason }): ItemFailure => ({
      itemIdentifier,
      ...(typeof reason === "string" && { reason }),
    }),
  );
  return share({ emits: [], batchItemFailures: told }, batch);
}

/** Reads the timers function's reply; undefined when it is none. */
export function readSweepReply(payload: string): SweepReply | undefined {
  const reply = parse(payload);
  if (!isRecord(reply) || !isArrayOf(reply["emits"], isEmit) || typeof reply["more"] !== "boolean")
    return undefined;
  // Its shape was checked just above.
  return reply as unknown as SweepReply;
}

interface Place {
  readonly run: KeyBatch;
  readonly index: number;
}

/** False when the reply speaks of a record that was not in the request. */
function share(
  { emits, batchItemFailures, parked = [], keys = {} }: InvocationReply,
  { keyBatches: runs }: Batch,
): boolean {
  const places = new Map<string, Place>();
  for (const run of runs) {
    for (const [index, { id }] of run.messages.entries()) {
      // One that was delivered twice has failed where it comes first: nothing of its key is done from there on.
      if (!places.has(id)) places.set(id, { run, index });
    }
  }
  const isKnown = (id: string): boolean => places.has(id);
  if (!emits.every(({ cause }) => isKnown(cause)) || !parked.every(({ id }) => isKnown(id))) return false;
  if (!batchItemFailures.every(({ itemIdentifier }) => isKnown(itemIdentifier))) return false;

  for (const { itemIdentifier, reason } of batchItemFailures) {
    const { run, index } = places.get(itemIdentifier) as Place;
    if (index >= run.done) continue;
    run.done = index;
    run.failure = reason ?? "the function reported it as failed";
  }
  for (const emit of emits) {
    const { run, index } = places.get(emit.cause) as Place;
    if (index < run.done) run.emits.push(emit);
  }
  for (const one of parked) {
    const { run, index } = places.get(one.id) as Place;
    if (index < run.done) run.parked.push(one);
  }
  for (const run of runs) {
    const { key } = run.queue;
    // A key may be called like a property of every object: "constructor".
    if (key !== undefined && Object.hasOwn(keys, key)) run.reply = keys[key];
  }
  return true;
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}

type Fields = { readonly [name: string]: unknown };

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isArrayOf(value: unknown, isItem: (item: Fields) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => isRecord(item) && isItem(item));
}

const isText = (value: unknown): boolean => typeof value === "string";
const isTextIfAny = (value: unknown): boolean => value === undefined || isText(value);
const isNumberIfAny = (value: unknown): boolean => value === undefined || Number.isFinite(value);

function isEmit(item: { readonly [Name in keyof Emit]?: unknown }): boolean {
  const { cause, topic, key, payload, deliverAt } = item;
  return isText(cause) && isText(topic) && isText(payload) && isTextIfAny(key) && isNumberIfAny(deliverAt);
}

function isItemIdentifier({ itemIdentifier }: { itemIdentifier?: unknown }): boolean {
  return isText(itemIdentifier);
}

function isItemFailure({ itemIdentifier, reason }: { itemIdentifier?: unknown; reason?: unknown }): boolean {
  return isText(itemIdentifier) && isTextIfAny(reason);
}

function isParked({ id, code, reason }: { readonly [Name in keyof Parked]?: unknown }): boolean {
  return isText(id) && isText(code) && isText(reason);
}

function isKeyReply(reply: unknown): boolean {
  if (!isRecord(reply)) return false;
  const { hint, entries, more } = reply;
  const isHint = hint === undefined || (isRecord(hint) && isText(hint["v"]) && isText(hint["state"]));
  const isPublished =
    entries === undefined ||
    (isRecord(entries) && isText(entries["run"]) && Array.isArray(entries["entries"]));
  return isHint && isPublished && isTextIfAny(more);
}
