import type { InstanceKey } from "../../ports/state-store.ts";
import type { TagEntry } from "../../ports/tag-index.ts";

/** Sort key of the item that holds an instance. */
export const STATE_SORT_KEY = "S";

/** What many instances write to is spread over this many partitions: one takes 1,000 writes a second. */
export const SHARDS = [0, 1, 2, 3] as const;

/** The item that holds the sweep's cursor. */
export const CURSOR_KEY = { pk: "d#cursor", sk: STATE_SORT_KEY } as const;

/** Where the state and the chunks of an instance are. No name, id, run or nonce has a `#` in it. */
export function instancePartition({ workflow, workflowId }: InstanceKey): string {
  return `w#${workflow}#${workflowId}`;
}

/** The sort key of the item that says that a run is past. */
export function pastRunSortKey(run: string): string {
  return `R#${run}`;
}

/** What the sort keys of a run's chunks begin with. */
export function chunkPrefix(run: string): string {
  return `C#${run}#`;
}

/** The sort key of a chunk: within a run, sorted by number (of up to 6 digits). */
export function chunkSortKey(run: string, number: number, nonce: string): string {
  return `${chunkPrefix(run)}${String(number).padStart(6, "0")}#${nonce}`;
}

/** The bucket that an instant falls in. */
export function minuteOf(epochMs: number): number {
  return Math.floor(epochMs / 60_000);
}

/** Where one shard of a minute's due items is. */
export function duePartition(minute: number, shard: number): string {
  return `d#${minute}#${shard}`;
}

/** The shard of an id: a fixed function of it. */
export function shardOf(id: string): number {
  let hash = 0;
  for (let at = 0; at < id.length; at++) hash = (Math.imul(hash, 31) + id.charCodeAt(at)) | 0;
  return (hash >>> 0) % SHARDS.length;
}

/** The sort key of a due item: within a bucket, sorted by instant. */
export function dueSortKey(dueAt: number, id: string): string {
  return `${instantDigits(dueAt)}#${id}`;
}

/** Writes an instant so that text sorts as instants do, up to the year 2286. */
export function instantDigits(epochMs: number): string {
  return String(epochMs).padStart(13, "0");
}

/** Where one shard of a workflow's instances of one status is in the list. */
export function listPartition(workflow: string, status: string, shard: number): string {
  return `${workflow}#${status}#${shard}`;
}

/** The sort key of an instance in the list: within a partition, sorted by its start. */
export function listSortKey(startedAt: number, workflowId: string): string {
  return `${instantDigits(startedAt)}#${workflowId}`;
}

/**
 * Where one shard of a tag's entries is. Only the tag may have a `#` in it, between the second one and the last;
 * it is written as in JSON because half of a surrogate pair has no UTF-8 of its own.
 */
export function tagPartition(workflow: string, tag: string, shard: number): string {
  return `t#${workflow}#${JSON.stringify(tag).slice(1, -1)}#${shard}`;
}

/** The sort key of a tag's entry. */
export function tagSortKey({ workflowId, run }: Pick<TagEntry, "workflowId" | "run">): string {
  return `${workflowId}#${run}`;
}

/** Where a caller's key is. */
export function idempotencyPartition(key: string): string {
  return `k#${key}`;
}

/** The item of a bridge's slot. */
export function leaseKey(slot: number): { readonly pk: string; readonly sk: string } {
  return { pk: "b#bridge", sk: String(slot) };
}
