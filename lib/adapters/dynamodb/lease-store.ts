import type { Lease, LeaseStore } from "../../ports/lease-store.ts";
import type { DynamoDbApi } from "./dynamodb-api.ts";
import { leaseKey } from "./keys.ts";

/** Keeps leases in a DynamoDB table, an item each, replaced on condition. */
export class DynamoDbLeaseStore implements LeaseStore {
  readonly #api: DynamoDbApi;

  constructor({ api }: { readonly api: DynamoDbApi }) {
    this.#api = api;
  }

  async read(slot: number): Promise<Lease | undefined> {
    const { Item: item } = await this.#api.call("GetItem", {
      TableName: this.#api.tableName,
      Key: keyOf(slot),
      ConsistentRead: true,
    });
    const lease = item?.["l"]?.S;
    return lease === undefined ? undefined : (JSON.parse(lease) as Lease);
  }

  async replace(slot: number, owner: string | undefined, next: Lease): Promise<boolean> {
    const condition =
      owner === undefined
        ? { ConditionExpression: "attribute_not_exists(pk)" }
        : { ConditionExpression: "o = :owner", ExpressionAttributeValues: { ":owner": { S: owner } } };
    const { kind } = await this.#api.call("PutItem", {
      TableName: this.#api.tableName,
      Item: { ...keyOf(slot), o: { S: next.owner }, l: { S: JSON.stringify(next) } },
      ...condition,
    });
    if (kind === "done") return true;
    // The answer to a write that was made may have been lost: then it is refused when it is made again.
    const current = await this.read(slot);
    return JSON.stringify(current) === JSON.stringify(next);
  }
}

function keyOf(slot: number) {
  const { pk, sk } = leaseKey(slot);
  return { pk: { S: pk }, sk: { S: sk } };
}
