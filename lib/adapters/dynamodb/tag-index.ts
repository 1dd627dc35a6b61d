import type { Consumed } from "../../ports/state-store.ts";
import type { TagEntry, TagIndex, TagPage } from "../../ports/tag-index.ts";
import type { Answer } from "./answer.ts";
import { writeBatch } from "./batch.ts";
import type { DynamoDbApi } from "./dynamodb-api.ts";
import { SHARDS, shardOf, tagPartition } from "./keys.ts";
import { decodeTag, encodeTag, formatTagCursor, parseTagCursor } from "./tag-item.ts";
import type { WireItem } from "./wire.ts";

/** Keeps a tag's entries in a DynamoDB table, an item each, in a few partitions. */
export class DynamoDbTagIndex implements TagIndex {
  readonly #api: DynamoDbApi;

  constructor({ api }: { readonly api: DynamoDbApi }) {
    this.#api = api;
  }

  add(entries: readonly TagEntry[]): Promise<Consumed> {
    return writeBatch(this.#api, { put: entries.map(encodeTag) });
  }

  remove(entries: readonly TagEntry[]): Promise<Consumed> {
    return writeBatch(this.#api, { remove: entries.map(encodeTag) });
  }

  async read(
    workflow: string,
    tag: string,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string },
  ): Promise<TagPage> {
    const position = cursor === undefined ? undefined : parseTagCursor(cursor);
    let after: WireItem | undefined = position && encodeTag({ workflow, tag, ...position });
    const found: TagEntry[] = [];
    for (const shard of SHARDS.slice(position && shardOf(position.workflowId))) {
      do {
        // One more than a page: where there is none, this page is the last.
        const page = await this.#query(tagPartition(workflow, tag, shard), after, limit + 1 - found.length);
        for (const item of page.Items ?? []) found.push(decodeTag(workflow, tag, item));
        after = page.LastEvaluatedKey;
      } while (after !== undefined && found.length <= limit);
      if (found.length > limit) break;
    }
    const entries = found.slice(0, limit);
    const last = entries.at(-1);
    return found.length > limit && last ? { entries, cursor: formatTagCursor(last) } : { entries };
  }

  #query(partition: string, after: WireItem | undefined, limit: number): Promise<Answer> {
    return this.#api.call("Query", {
      TableName: this.#api.tableName,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: partition } },
      ExclusiveStartKey: after,
      Limit: limit,
    });
  }
}
