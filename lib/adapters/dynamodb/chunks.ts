import type { Chunk, Consumed, InstanceKey } from "../../ports/state-store.ts";
import { type Answer, consumedUnits } from "./answer.ts";
import { writeBatch } from "./batch.ts";
import { decodeChunk, encodeChunk } from "./chunk-item.ts";
import type { DynamoDbApi } from "./dynamodb-api.ts";
import { chunkPrefix, instancePartition } from "./keys.ts";
import { checkItemFits } from "./stored-item.ts";
import { keyOf, toWire, type WireItem } from "./wire.ts";

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
    for await (const page of this.#pages(key, run)) {
      for (const item of page.Items ?? []) chunks.push(decodeChunk(run, item));
      readUnits += consumedUnits(page);
    }
    return { chunks, readUnits, writeUnits: 0 };
  }

  async delete(key: InstanceKey, run: string): Promise<Consumed> {
    let readUnits = 0;
    let writeUnits = 0;
    for await (const page of this.#pages(key, run, "pk, sk")) {
      readUnits += consumedUnits(page);
      const deleted = await writeBatch(this.#api, { remove: (page.Items ?? []).map(keyOf) });
      writeUnits += deleted.writeUnits;
    }
    return { readUnits, writeUnits };
  }

  /** @param attributes default: all */
  async *#pages(key: InstanceKey, run: string, attributes?: string): AsyncGenerator<Answer> {
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
        ProjectionExpression: attributes,
        ExclusiveStartKey: next,
        ReturnConsumedCapacity: "TOTAL",
      });
      yield page;
      next = page.LastEvaluatedKey;
    } while (next !== undefined);
  }
}
