import type { DueItem, DuePage, DueStore } from "../../ports/due-store.ts";
import type { Consumed } from "../../ports/state-store.ts";
import { type Answer, consumedUnits } from "./answer.ts";
import { writeBatch } from "./batch.ts";
import { decodeDue, dueKey, encodeDue } from "./due-item.ts";
import type { DynamoDbApi } from "./dynamodb-api.ts";
import { duePartition, SHARDS } from "./keys.ts";
import { checkItemFits } from "./stored-item.ts";
import { SweepCursor } from "./sweep-cursor.ts";
import { toWire } from "./wire.ts";

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
    const answer = await this.#api.call("PutItem", {
      TableName: this.#api.tableName,
      Item: toWire(item),
      ReturnConsumedCapacity: "TOTAL",
    });
    return { readUnits: 0, writeUnits: consumedUnits(answer) };
  }

  async read(minute: number, limit: number): Promise<DuePage> {
    const pages = await Promise.all(SHARDS.map((shard) => this.#query(duePartition(minute, shard), limit)));
    const items = pages.flatMap(({ Items = [] }) => Items.map(decodeDue)).sort((a, b) => a.dueAt - b.dueAt);
    const isCut = pages.some(({ LastEvaluatedKey }) => LastEvaluatedKey !== undefined);
    return { items: items.slice(0, limit), more: isCut || items.length > limit };
  }

  async remove(items: readonly Pick<DueItem, "dueAt" | "id">[]): Promise<void> {
    await writeBatch(this.#api, { remove: items.map(dueKey) });
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
}
