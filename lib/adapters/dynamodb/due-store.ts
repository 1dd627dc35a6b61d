import { InfiniticError } from "../../core/errors.ts";
import type { DueItem, DuePage, DueStore } from "../../ports/due-store.ts";
import type { Consumed } from "../../ports/state-store.ts";
import type { Answer } from "./answer.ts";
import { decodeDue, dueKey, encodeDue } from "./due-item.ts";
import type { DynamoDbApi } from "./dynamodb-api.ts";
import { DUE_SHARDS, duePartition } from "./keys.ts";
import { checkItemFits } from "./stored-item.ts";
import { SweepCursor } from "./sweep-cursor.ts";
import { toWire } from "./wire.ts";

/** DynamoDB's own limit for one batch of writes. */
const BATCH_ITEMS = 25;

/** Keeps far wake-ups in a DynamoDB table, each minute's in a few partitions. */
export class DynamoDbDueStore implements DueStore {
  readonly #api: DynamoDbApi;
  readonly #cursor: SweepCursor;

  constructor({ api }: { readonly api: DynamoDbApi }) {
    this.#api = api;
    this.#cursor = new SweepCursor({ api });
  }

  async put(due: DueItem): Promise<Consumed> {
    const item = encodeDue(due);
    checkItemFits(item);
    const { ConsumedCapacity } = await this.#api.call("PutItem", {
      TableName: this.#api.tableName,
      Item: toWire(item),
      ReturnConsumedCapacity: "TOTAL",
    });
    return { readUnits: 0, writeUnits: ConsumedCapacity?.CapacityUnits ?? 0 };
  }

  async read(minute: number, limit: number): Promise<DuePage> {
    const pages = await Promise.all(
      DUE_SHARDS.map((shard) => this.#query(duePartition(minute, shard), limit)),
    );
    const items = pages.flatMap(({ Items = [] }) => Items.map(decodeDue)).sort((a, b) => a.dueAt - b.dueAt);
    const isCut = pages.some(({ LastEvaluatedKey }) => LastEvaluatedKey !== undefined);
    return { items: items.slice(0, limit), more: isCut || items.length > limit };
  }

  async remove(items: readonly Pick<DueItem, "dueAt" | "id">[]): Promise<void> {
    // One batch must not name an item twice.
    const keys = [...new Map(items.map((item) => [`${item.dueAt}#${item.id}`, dueKey(item)])).values()];
    for (let start = 0; start < keys.length; start += BATCH_ITEMS) {
      await this.#delete(keys.slice(start, start + BATCH_ITEMS));
    }
  }

  loadCursor(): Promise<number | undefined> {
    return this.#cursor.load();
  }

  moveCursor(previous: number | undefined, next: number): Promise<boolean> {
    return this.#cursor.move(previous, next);
  }

  #query(partition: string, limit: number): Promise<Answer> {
    return this.#api.call("Query", {
      TableName: this.#api.tableName,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: partition } },
      Limit: limit,
    });
  }

  async #delete(keys: readonly ReturnType<typeof dueKey>[]): Promise<void> {
    const requests = keys.map((Key) => ({ DeleteRequest: { Key } }));
    const { UnprocessedItems = {} } = await this.#api.call("BatchWriteItem", {
      RequestItems: { [this.#api.tableName]: requests },
    });
    const left = UnprocessedItems[this.#api.tableName]?.length ?? 0;
    if (left === 0) return;
    throw new InfiniticError(
      "STORE_THROTTLED",
      `expected ${keys.length} items deleted, got ${left} unprocessed`,
    );
  }
}
