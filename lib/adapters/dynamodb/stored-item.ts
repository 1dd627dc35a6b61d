import { InfiniticError } from "../../core/values/errors.ts";

/** The kinds of attribute values that we store. */
export type StoredValue = { readonly S: string } | { readonly N: string } | { readonly B: Uint8Array };

/** An item in DynamoDB's own notation. */
export interface StoredItem {
  readonly [attribute: string]: StoredValue;
}

/** Where an item is; an item itself where it is nothing else. */
export type ItemKey = {
  readonly pk: { readonly S: string };
  readonly sk: { readonly S: string };
};

const KB = 1024;
const MAX_ITEM_BYTES = 400 * KB;

/** Returns the size that DynamoDB bills: names and values, in bytes. */
export function itemBytes(item: StoredItem): number {
  let bytes = 0;
  for (const name in item) bytes += Buffer.byteLength(name) + valueBytes(item[name] as StoredValue);
  return bytes;
}

/** Write units of a put: the larger of the item before and after counts, also when the condition failed. */
export function writeUnits(bytesAfter: number, bytesBefore = 0): number {
  return Math.max(1, Math.ceil(Math.max(bytesAfter, bytesBefore) / KB));
}

/** Read units of a strongly consistent read; one that finds nothing costs a unit too. */
export function readUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / (4 * KB)));
}

/**
 * Returns the item's size in bytes, if DynamoDB takes it.
 *
 * @throws InfiniticError `ITEM_TOO_LARGE`
 */
export function checkItemFits(item: StoredItem): number {
  const bytes = itemBytes(item);
  if (bytes <= MAX_ITEM_BYTES) return bytes;
  throw new InfiniticError(
    "ITEM_TOO_LARGE",
    `expected an item of at most ${MAX_ITEM_BYTES} bytes, got ${bytes}`,
  );
}

/** TTL counts in whole seconds. */
export function epochSeconds(epochMs: number): number {
  return Math.floor(epochMs / 1000);
}

/** Tells whether an item's time is over: TTL deletes days later, so every reader checks for itself. */
export function isOver(expiresAt: number | undefined, nowMs: number): boolean {
  return expiresAt !== undefined && expiresAt <= epochSeconds(nowMs);
}

function valueBytes(value: StoredValue): number {
  if ("S" in value) return Buffer.byteLength(value.S);
  if ("B" in value) return value.B.byteLength;
  // Two digits in a byte, and one byte more; sign and zeros at the ends are negligible here.
  return Math.ceil(value.N.length / 2) + 1;
}
