import type { RunKey } from "../../core/values/ids.ts";
import type { PayloadReference } from "../../core/values/payload.ts";
import type { PayloadStore } from "../../ports/payload-store.ts";
import { fromPayload, missingError, placeOf, toPayload } from "../payload-content.ts";
import { writeBatch } from "./batch.ts";
import type { DynamoDbApi } from "./dynamodb-api.ts";
import { decodePayload, encodePayload, partPrefix, payloadPartition } from "./payload-item.ts";
import { checkItemFits, type ItemKey } from "./stored-item.ts";
import { toWire, type WireItem } from "./wire.ts";

/** Keeps payloads in a DynamoDB table, each in as many items as it takes. */
export class DynamoDbPayloadStore implements PayloadStore {
  readonly #api: DynamoDbApi;

  constructor({ api }: { readonly api: DynamoDbApi }) {
    this.#api = api;
  }

  get #name(): string {
    return `table ${this.#api.tableName}`;
  }

  async put(run: RunKey, text: string): Promise<PayloadReference> {
    const { reference, place, body } = toPayload(run, text);
    // Not a batch: a throttled part must fail the put, and is retried by itself.
    await Promise.all(
      encodePayload(place, body).map((item) => {
        checkItemFits(item);
        return this.#api.call("PutItem", { TableName: this.#api.tableName, Item: toWire(item) });
      }),
    );
    return reference;
  }

  async get(key: string): Promise<string> {
    const place = placeOf(key, this.#name);
    const items: WireItem[] = [];
    for await (const item of this.#items(payloadPartition(place), partPrefix(place))) items.push(item);
    const body = decodePayload(items);
    if (body) return fromPayload(place, body);
    throw missingError(key, this.#name);
  }

  async deleteRun(run: RunKey): Promise<void> {
    const pk = { S: payloadPartition(run) };
    const remove: ItemKey[] = [];
    for await (const { sk } of this.#items(pk.S, "", "sk")) remove.push({ pk, sk: { S: sk?.S ?? "" } });
    await writeBatch(this.#api, { remove });
  }

  async *#items(partition: string, prefix: string, attributes?: string): AsyncGenerator<WireItem> {
    const hasPrefix = prefix !== "";
    let next: WireItem | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.#api.call("Query", {
        TableName: this.#api.tableName,
        ConsistentRead: true,
        KeyConditionExpression: hasPrefix ? "pk = :pk AND begins_with(sk, :prefix)" : "pk = :pk",
        ExpressionAttributeValues: {
          ":pk": { S: partition },
          ...(hasPrefix && { ":prefix": { S: prefix } }),
        },
        ProjectionExpression: attributes,
        ExclusiveStartKey: next,
      });
      yield* Items;
      next = LastEvaluatedKey;
    } while (next !== undefined);
  }
}
