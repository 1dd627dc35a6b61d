import type { Clock } from "../../ports/clock.ts";
import type {
  Chunk,
  CommitResult,
  Consumed,
  InstanceKey,
  StateItem,
  StateStore,
} from "../../ports/state-store.ts";
import { consumedUnits } from "./answer.ts";
import { DynamoDbChunks } from "./chunks.ts";
import type { DynamoDbApi } from "./dynamodb-api.ts";
import { decodeState, encodeState, live, stateKey } from "./state-item.ts";
import { checkItemFits, epochSeconds, itemBytes, writeUnits } from "./stored-item.ts";
import { toWire } from "./wire.ts";

/** `x` is checked here too: DynamoDB deletes expired items days late. */
const IF_CURRENT = "v = :v AND (attribute_not_exists(x) OR x > :now)";
const IF_ABSENT = "attribute_not_exists(pk) OR x <= :now";

/** Keeps each instance in one item of a DynamoDB table, written on condition. */
export class DynamoDbStateStore implements StateStore {
  readonly #api: DynamoDbApi;
  readonly #clock: Clock;
  readonly #chunks: DynamoDbChunks;

  constructor({ api, clock }: { readonly api: DynamoDbApi; readonly clock: Clock }) {
    this.#api = api;
    this.#clock = clock;
    this.#chunks = new DynamoDbChunks({ api });
  }

  async load(key: InstanceKey): Promise<Consumed & { readonly item: StateItem | undefined }> {
    const { item, ...consumed } = await this.#read(key);
    return { item: live(item, this.#clock.now()), ...consumed };
  }

  async commit(key: InstanceKey, next: StateItem, expected: string | undefined): Promise<CommitResult> {
    const item = encodeState(key, next);
    const bytes = checkItemFits(item);
    const now = { N: String(epochSeconds(this.#clock.now())) };
    const answer = await this.#api.call("PutItem", {
      TableName: this.#api.tableName,
      Item: toWire(item),
      ConditionExpression: expected === undefined ? IF_ABSENT : IF_CURRENT,
      ExpressionAttributeValues: { ":now": now, ...(expected !== undefined && { ":v": { S: expected } }) },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      ReturnConsumedCapacity: "TOTAL",
    });
    if (answer.kind === "done") {
      return { committed: true, readUnits: 0, writeUnits: consumedUnits(answer) };
    }
    // An emulator may not answer with the item.
    const { item: stored, readUnits } = answer.Item
      ? { item: decodeState(answer.Item), readUnits: 0 }
      : await this.#read(key);
    // Billed as if written, but not reported.
    const before = stored && itemBytes(encodeState(key, stored));
    const consumed = { readUnits, writeUnits: writeUnits(bytes, before) };
    const current = live(stored, this.#clock.now());
    // The very token that we write is there already: our own write, whose first answer was lost.
    if (current?.v === next.v) return { committed: true, ...consumed };
    return { committed: false, current, ...consumed };
  }

  putChunk(key: InstanceKey, chunk: Chunk): Promise<Consumed> {
    return this.#chunks.put(key, chunk);
  }

  loadChunks(key: InstanceKey, run: string): Promise<Consumed & { readonly chunks: readonly Chunk[] }> {
    return this.#chunks.load(key, run);
  }

  deleteRun(key: InstanceKey, run: string): Promise<Consumed> {
    return this.#chunks.delete(key, run);
  }

  async #read(key: InstanceKey): Promise<Consumed & { readonly item: StateItem | undefined }> {
    const answer = await this.#api.call("GetItem", {
      TableName: this.#api.tableName,
      Key: stateKey(key),
      ConsistentRead: true,
      ReturnConsumedCapacity: "TOTAL",
    });
    const item = answer.Item && decodeState(answer.Item);
    return { item, readUnits: consumedUnits(answer), writeUnits: 0 };
  }
}
