import type { DynamoDbApi } from "./dynamodb-api.ts";
import { CURSOR_KEY } from "./keys.ts";

const KEY = { pk: { S: CURSOR_KEY.pk }, sk: { S: CURSOR_KEY.sk } };

/** The first minute that may still hold wake-ups: one item, moved on condition. */
export class SweepCursor {
  readonly #api: DynamoDbApi;

  constructor({ api }: { readonly api: DynamoDbApi }) {
    this.#api = api;
  }

  async load(): Promise<number | undefined> {
    const { Item: item } = await this.#api.call("GetItem", {
      TableName: this.#api.tableName,
      Key: KEY,
      ConsistentRead: true,
    });
    const minute = item?.["m"]?.N;
    return minute === undefined ? undefined : Number(minute);
  }

  async move(previous: number | undefined, next: number): Promise<boolean> {
    const condition =
      previous === undefined
        ? { ConditionExpression: "attribute_not_exists(pk)" }
        : {
            ConditionExpression: "m = :previous",
            ExpressionAttributeValues: { ":previous": { N: String(previous) } },
          };
    const { kind } = await this.#api.call("PutItem", {
      TableName: this.#api.tableName,
      Item: { ...KEY, m: { N: String(next) } },
      ...condition,
    });
    return kind === "done";
  }
}
