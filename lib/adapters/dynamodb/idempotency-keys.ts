import type { Clock } from "../../ports/clock.ts";
import type { IdempotencyKeys } from "../../ports/idempotency-keys.ts";
import type { Consumed } from "../../ports/state-store.ts";
import { consumedUnits } from "./answer.ts";
import type { DynamoDbApi } from "./dynamodb-api.ts";
import { idempotencyPartition, STATE_SORT_KEY } from "./keys.ts";
import { epochSeconds, type ItemKey, isOver, itemBytes, type StoredItem, writeUnits } from "./stored-item.ts";
import { toWire, type WireItem } from "./wire.ts";

/** `x` is checked here too: DynamoDB deletes expired items days late. */
const IF_FREE = "attribute_not_exists(pk) OR x <= :now";

/** Keeps callers' keys in a DynamoDB table, an item each, written on condition. */
export class DynamoDbIdempotencyKeys implements IdempotencyKeys {
  readonly #api: DynamoDbApi;
  readonly #clock: Clock;

  constructor({ api, clock }: { readonly api: DynamoDbApi; readonly clock: Clock }) {
    this.#api = api;
    this.#clock = clock;
  }

  async claim(
    key: string,
    fingerprint: string,
    expiresAt: number,
  ): Promise<Consumed & { readonly fingerprint: string }> {
    const place = placeOf(key);
    const item: StoredItem = { ...place, f: { S: fingerprint }, x: { N: String(expiresAt) } };
    const answer = await this.#api.call("PutItem", {
      TableName: this.#api.tableName,
      Item: toWire(item),
      ConditionExpression: IF_FREE,
      ExpressionAttributeValues: { ":now": { N: String(epochSeconds(this.#clock.now())) } },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      ReturnConsumedCapacity: "TOTAL",
    });
    if (answer.kind === "done") return { fingerprint, readUnits: 0, writeUnits: consumedUnits(answer) };
    // An emulator may not answer with the item.
    const { first, readUnits } = answer.Item ? { first: answer.Item, readUnits: 0 } : await this.#read(place);
    // Billed as if written, but not reported.
    return {
      fingerprint: first?.["f"]?.S ?? fingerprint,
      readUnits,
      writeUnits: writeUnits(itemBytes(item)),
    };
  }

  async has(key: string): Promise<Consumed & { readonly isClaimed: boolean }> {
    const { first, readUnits } = await this.#read(placeOf(key));
    const isClaimed = first !== undefined && !isOver(Number(first["x"]?.N ?? 0), this.#clock.now());
    return { isClaimed, readUnits, writeUnits: 0 };
  }

  async #read(Key: WireItem): Promise<{ readonly first: WireItem | undefined; readonly readUnits: number }> {
    const answer = await this.#api.call("GetItem", {
      TableName: this.#api.tableName,
      Key,
      ConsistentRead: true,
      ReturnConsumedCapacity: "TOTAL",
    });
    return { first: answer.Item, readUnits: consumedUnits(answer) };
  }
}

function placeOf(key: string): ItemKey {
  return { pk: { S: idempotencyPartition(key) }, sk: { S: STATE_SORT_KEY } };
}
