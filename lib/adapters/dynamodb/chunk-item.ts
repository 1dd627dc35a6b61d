import type { Chunk, InstanceKey } from "../../ports/state-store.ts";
import { chunkPrefix, chunkSortKey, instancePartition } from "./keys.ts";
import type { StoredItem } from "./stored-item.ts";
import { bytesOf, type WireItem } from "./wire.ts";

/** Writes a chunk as an item. */
export function encodeChunk(key: InstanceKey, { run, number, nonce, body }: Chunk): StoredItem {
  return {
    pk: { S: instancePartition(key) },
    sk: { S: chunkSortKey(run, number, nonce) },
    s: { B: body },
  };
}

/** Reads a chunk of this run back. */
export function decodeChunk(run: string, item: WireItem): Chunk {
  const [number, nonce = ""] = (item["sk"]?.S ?? "").slice(chunkPrefix(run).length).split("#");
  return { run, number: Number(number), nonce, body: bytesOf(item, "s") };
}
