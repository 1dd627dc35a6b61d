import type { DueItem } from "../../ports/due-store.ts";
import { duePartition, dueSortKey, minuteOf, shardOf } from "./keys.ts";
import type { ItemKey, StoredItem } from "./stored-item.ts";
import type { WireItem } from "./wire.ts";

/** A due item that nobody swept for so long is left to TTL: a safety net far behind the sweep. */
const KEPT_AFTER_DUE_SECONDS = 366 * 24 * 3600;

/** Where a due item is. */
export function dueKey({ dueAt, id }: Pick<DueItem, "dueAt" | "id">): ItemKey {
  return { pk: { S: duePartition(minuteOf(dueAt), shardOf(id)) }, sk: { S: dueSortKey(dueAt, id) } };
}

/** Writes a due item as an item. */
export function encodeDue(due: DueItem): StoredItem {
  return {
    ...dueKey(due),
    t: { S: due.topic },
    k: { S: due.key },
    m: { S: due.payload },
    x: { N: String(Math.floor(due.dueAt / 1000) + KEPT_AFTER_DUE_SECONDS) },
  };
}

/** Reads a due item back. */
export function decodeDue(item: WireItem): DueItem {
  const sk = item["sk"]?.S ?? "";
  const separator = sk.indexOf("#");
  return {
    dueAt: Number(sk.slice(0, separator)),
    id: sk.slice(separator + 1),
    topic: item["t"]?.S ?? "",
    key: item["k"]?.S ?? "",
    payload: item["m"]?.S ?? "",
  };
}
