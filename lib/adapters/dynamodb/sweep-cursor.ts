import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { CURSOR_KEY } from "./keys.ts";
import { storeError, translated } from "./store-error.ts";

const KEY = { pk: { S: CURSOR_KEY.pk }, sk: { S: CURSOR_KEY.sk } };

/** The first minute that may still hold wake-ups: one item, moved on condition. */
export class SweepCursor {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  constructor({ client, tableName }: { readonly client: DynamoDBClient; readonly tableName: string }) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async load(): Promise<number | undefined> {
    const command = new GetItemCommand({ TableName: this.#tableName, Key: KEY, ConsistentRead: true });
    const { Item: item } = await translated(this.#client.send(command));
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
    const item = { ...KEY, m: { N: String(next) } };
    try {
      await this.#client.send(new PutItemCommand({ TableName: this.#tableName, Item: item, ...condition }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw storeError(error);
    }
  }
}
