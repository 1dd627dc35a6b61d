import type { PastRun } from "../../ports/past-runs.ts";
import type { InstanceKey } from "../../ports/state-store.ts";
import { instancePartition, pastRunSortKey } from "./keys.ts";
import type { ItemKey, StoredItem } from "./stored-item.ts";
import { bytesOf, type WireItem } from "./wire.ts";

/** What is known of a start: the run that it had its effect in, until an epoch second. */
interface KnownRun extends PastRun {
  readonly expiresAt: number;
}

/** Where it stands what is known of a start. */
export function pastRunKey(key: InstanceKey, start: string): ItemKey {
  return { pk: { S: instancePartition(key) }, sk: { S: pastRunSortKey(start) } };
}

/** Writes what is known of a start. */
export function encodePastRun(
  key: InstanceKey,
  start: string,
  { run, outcome, expiresAt }: KnownRun,
): StoredItem {
  return {
    ...pastRunKey(key, start),
    r: { S: run },
    ...(outcome && { e: { B: outcome } }),
    x: { N: String(expiresAt) },
  };
}

/** Reads what is known of a start. */
export function decodePastRun(item: WireItem): KnownRun {
  return {
    run: item["r"]?.S ?? "",
    ...(item["e"] && { outcome: bytesOf(item, "e") }),
    expiresAt: Number(item["x"]?.N ?? 0),
  };
}
