import type { Chunk, Consumed, InstanceKey } from "../../ports/state-store.ts";
import { consumedUnits } from "./answer.ts";
import { decodeChunk, encodeChunk } from "./chunk-item.ts";
import type { DynamoDbApi } from "./dynamodb-api.ts";
import { chunkPrefix, instancePartition } from "./keys.ts";
import { checkItemFits } from "./stored-item.ts";
import { toWire, type WireItem } from "./wire.ts";

/** The chunks of instances, each an item of its own beside the state. */
export class DynamoDbChunks {
  readonly #api: DynamoDbApi;

  constructor({ api }: { readonly api: DynamoDbApi }) {
    this.#api = api;
  }

  async put(key: InstanceKey, chunk: Chunk): Promise<Consumed> {
    const item = encodeChunk(key, chunk);
    checkItemFits(item);
    const answer = await this.#api.call("PutItem", {
      TableName: this.#api.tableName,
      Item: toWire(item),
      ReturnConsumedCapacity: "TOTAL",
    });
    return { readUnits: 0, writeUnits: consumedUnits(answer) };
  }

  async load(key: InstanceKey, run: string): Promise<Consumed & { readonly chunks: readonly Chunk[] }> {
    const chunks: Chunk[] = [];
    let readUnits = 0;
    let next: WireItem | undefined;
    do {
      const page = await this.#api.call("Query", {
        TableName: this.#api.tableName,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: {
          ":pk": { S: instancePartition(key) },
          ":prefix": { S: chunkPrefix(run) },
        },
        ExclusiveStartKey: next,
        ReturnConsumedCapacity: "TOTAL",
      });
      for (const item of page.Items ?? []) chunks.push(decodeChunk(run, item));
      readUnits += consumedUnits(page);
      next = page.LastEvaluatedKey;
    } while (next !== undefined);
    return { chunks, readUnits, writeUnits: 0 };
  }
}
