import type { RunKey } from "../../core/values/ids.ts";
import type { PayloadPlace } from "../payload-content.ts";
import type { StoredItem } from "./stored-item.ts";
import { bytesOf, type WireItem } from "./wire.ts";

/** An item takes 400 KB, names and keys included. */
const PART_BYTES = 380 * 1024;

/** Where the payloads of a run are. */
export function payloadPartition({ workflow, workflowId, run }: RunKey): string {
  return `p#${workflow}#${workflowId}#${run}`;
}

/** What the sort keys of a payload's parts begin with: within a run, sorted by number (of up to 4 digits). */
export function partPrefix({ name }: PayloadPlace): string {
  return `${name}#`;
}

/** Writes a payload as items, which all know how many they are. */
export function encodePayload(place: PayloadPlace, body: Uint8Array): readonly StoredItem[] {
  const count = Math.ceil(body.length / PART_BYTES);
  return Array.from({ length: count }, (_, number) => ({
    pk: { S: payloadPartition(place) },
    sk: { S: `${partPrefix(place)}${String(number).padStart(4, "0")}` },
    n: { N: String(count) },
    s: { B: body.subarray(number * PART_BYTES, (number + 1) * PART_BYTES) },
  }));
}

/** Puts a payload's items together; undefined unless all are there, in order. */
export function decodePayload(items: readonly WireItem[]): Uint8Array | undefined {
  const count = Number(items[0]?.["n"]?.N ?? Number.NaN);
  return items.length === count ? Buffer.concat(items.map((item) => bytesOf(item, "s"))) : undefined;
}
