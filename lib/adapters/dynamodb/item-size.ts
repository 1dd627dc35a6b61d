import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { InfiniticError } from "../../core/errors.ts";

/** An item as the low-level API has it. */
export type Item = { readonly [attribute: string]: AttributeValue };

/** DynamoDB's own limit, names of attributes included. */
const MAX_ITEM_BYTES = 400 * 1024;

const BYTES_PER_WRITE_UNIT = 1024;

/** Measures an item as DynamoDB does: names and values, text in UTF-8, two digits of a number in a byte. */
export function itemBytes(item: Item): number {
  let bytes = 0;
  for (const [name, { S, B, N }] of Object.entries(item)) {
    bytes += name.length + (S ? Buffer.byteLength(S) : 0) + (B?.length ?? 0);
    if (N) bytes += Math.ceil(N.length / 2) + 1;
  }
  return bytes;
}

/** The write units that an item of this size takes. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BYTES_PER_WRITE_UNIT));
}

/**
 * Refuses an item that DynamoDB would refuse.
 *
 * @throws InfiniticError `ITEM_TOO_LARGE`
 */
export function checkSize(item: Item): void {
  const bytes = itemBytes(item);
  if (bytes <= MAX_ITEM_BYTES) return;
  throw new InfiniticError(
    "ITEM_TOO_LARGE",
    `expected an item of at most ${MAX_ITEM_BYTES} bytes, got ${bytes} for ${item["pk"]?.S} / ${item["sk"]?.S}`,
  );
}
