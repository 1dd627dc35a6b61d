import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
} from "@aws-sdk/client-dynamodb";
import { InfiniticError } from "../../core/errors.ts";
import type { DueItem, DuePage, DueStore } from "../../ports/due-store.ts";
import type { Consumed } from "../../ports/state-store.ts";
import { consumedByWrite } from "./consumed.ts";
import { decodeDue, dueKey, encodeDue } from "./due-item.ts";
import { DUE_SHARDS, duePartition } from "./keys.ts";
import { translated } from "./store-error.ts";
import { checkItemFits } from "./stored-item.ts";
import { SweepCursor } from "./sweep-cursor.ts";

/** DynamoDB's own limit for one batch of writes. */
const BATCH_ITEMS = 25;

/** Keeps far wake-ups in a DynamoDB table, each minute's in a few partitions. */
export class DynamoDbDueStore implements DueStore {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #cursor: SweepCursor;

  constructor(options: { readonly client: DynamoDBClient; readonly tableName: string }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
    this.#cursor = new SweepCursor(options);
  }

  async put(due: DueItem): Promise<Consumed> {
    const item = encodeDue(due);
    checkItemFits(item);
    const command = new PutItemCommand({
      TableName: this.#tableName,
      Item: item,
      ReturnConsumedCapacity: "TOTAL",
    });
    return consumedByWrite((await translated(this.#client.send(command))).ConsumedCapacity);
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

  #query(partition: string, limit: number): Promise<QueryCommandOutput> {
    const command = new QueryCommand({
      TableName: this.#tableName,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: partition } },
      Limit: limit,
    });
    return translated(this.#client.send(command));
  }

  async #delete(keys: readonly ReturnType<typeof dueKey>[]): Promise<void> {
    const requests = keys.map((Key) => ({ DeleteRequest: { Key } }));
    const command = new BatchWriteItemCommand({ RequestItems: { [this.#tableName]: requests } });
    const { UnprocessedItems = {} } = await translated(this.#client.send(command));
    const left = UnprocessedItems[this.#tableName]?.length ?? 0;
    if (left === 0) return;
    throw new InfiniticError(
      "STORE_THROTTLED",
      `expected ${keys.length} items deleted, got ${left} unprocessed`,
    );
  }
}
