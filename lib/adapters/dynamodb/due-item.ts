import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { hash128 } from "../../core/hash.ts";
import type { DueItem } from "../../ports/due-store.ts";
import type { Item } from "./item-size.ts";

/** Partitions of a minute's bucket: the bound on writes a second for one minute is that of so many partitions. */
const SHARDS = 4;

const MINUTE_MS = 60_000;

/** How long after their minute items stay that nobody removed, in seconds. */
const RETENTION_S = 7 * 24 * 60 * 60;

type DueKey = Pick<DueItem, "dueAt" | "id">;

/** The partitions of a minute (epoch ms / 60,000, floored). */
export function bucketOf(minute: number): readonly string[] {
  return Array.from({ length: SHARDS }, (_, shard) => partition(minute, shard));
}

/** The key of a wake-up. Within a minute all instants have the same number of digits, so keys order in time. */
export function dueKey({ dueAt, id }: DueKey): { pk: AttributeValue; sk: AttributeValue } {
  const shard = Number.parseInt(hash128(id).slice(0, 8), 16) % SHARDS;
  return { pk: { S: partition(minuteOf(dueAt), shard) }, sk: { S: `${dueAt}#${id}` } };
}

/** Writes a wake-up as the table's item. */
export function toItem(due: DueItem): Item {
  return {
    ...dueKey(due),
    t: { S: due.topic },
    k: { S: due.key },
    p: { S: due.payload },
    x: { N: String((minuteOf(due.dueAt) + 1) * (MINUTE_MS / 1_000) + RETENTION_S) },
  };
}

/** Reads a wake-up from the table's item. */
export function fromItem({ sk, t, k, p }: Item): DueItem {
  const name = sk?.S ?? "";
  const end = name.indexOf("#");
  return {
    dueAt: Number(name.slice(0, end)),
    id: name.slice(end + 1),
    topic: t?.S ?? "",
    key: k?.S ?? "",
    payload: p?.S ?? "",
  };
}

function partition(minute: number, shard: number): string {
  return `d#${minute}#${shard}`;
}

function minuteOf(instant: number): number {
  return Math.floor(instant / MINUTE_MS);
}
