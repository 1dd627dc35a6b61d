import type { InstanceKey } from "../../ports/state-store.ts";
import { instancePartition, pastRunSortKey } from "./keys.ts";
import type { ItemKey, StoredItem } from "./stored-item.ts";
import type { WireItem } from "./wire.ts";

/** Where it stands that a run is past. */
export function pastRunKey(key: InstanceKey, run: string): ItemKey {
  return { pk: { S: instancePartition(key) }, sk: { S: pastRunSortKey(run) } };
}

/** Writes that a run is past, until an epoch second. */
export function encodePastRun(key: InstanceKey, run: string, expiresAt: number): StoredItem {
  return { ...pastRunKey(key, run), x: { N: String(expiresAt) } };
}

/** Reads until which epoch second a run is past. */
export function decodePastRun(item: WireItem): number {
  return Number(item["x"]?.N ?? 0);
}
