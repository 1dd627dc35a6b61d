import type { ItemKey, StoredItem, StoredValue } from "./stored-item.ts";

/** An item in DynamoDB's JSON: bytes are text in base64. */
export interface WireItem {
  readonly [attribute: string]: { readonly S?: string; readonly N?: string; readonly B?: string };
}

/** Writes an item as DynamoDB's JSON has it. */
export function toWire(item: StoredItem): WireItem {
  const wire: { [attribute: string]: WireItem[string] } = {};
  for (const name in item) {
    const value = item[name] as StoredValue;
    wire[name] = "B" in value ? { B: toBase64(value.B) } : value;
  }
  return wire;
}

/** Reads the bytes of an attribute; none where it is missing. */
export function bytesOf(item: WireItem, attribute: string): Uint8Array {
  return Buffer.from(item[attribute]?.B ?? "", "base64");
}

/** Reads where an item is. */
export function keyOf(item: WireItem): ItemKey {
  return { pk: { S: item["pk"]?.S ?? "" }, sk: { S: item["sk"]?.S ?? "" } };
}

function toBase64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}
