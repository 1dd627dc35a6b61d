import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Chunk, InstanceKey } from "../../ports/state-store.ts";
import { chunkSortKey, instancePartition } from "./keys.ts";
import type { StoredItem } from "./stored-item.ts";

/** Writes a chunk as an item. */
export function encodeChunk(key: InstanceKey, { run, number, nonce, body }: Chunk): StoredItem {
  return {
    pk: { S: instancePartition(key) },
    sk: { S: chunkSortKey(run, number, nonce) },
    n: { N: String(number) },
    o: { S: nonce },
    s: { B: body },
  };
}

/** Reads a chunk of this run back. */
export function decodeChunk(run: string, item: { readonly [attribute: string]: AttributeValue }): Chunk {
  return {
    run,
    number: Number(item["n"]?.N),
    nonce: item["o"]?.S ?? "",
    body: item["s"]?.B ?? new Uint8Array(),
  };
}
