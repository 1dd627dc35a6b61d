import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Clock } from "../../ports/clock.ts";
import type {
  Chunk,
  CommitResult,
  Consumed,
  InstanceKey,
  StateItem,
  StateStore,
} from "../../ports/state-store.ts";
import { DynamoDbChunks } from "./chunks.ts";
import { consumedByRead, consumedByWrite } from "./consumed.ts";
import { decodeState, encodeState, epochSeconds, live, stateKey } from "./state-item.ts";
import { storeError, translated } from "./store-error.ts";
import { checkItemFits, itemBytes, writeUnits } from "./stored-item.ts";

/** `x` is checked here too: DynamoDB deletes expired items days late. */
const IF_CURRENT = "v = :v AND (attribute_not_exists(x) OR x > :now)";
const IF_ABSENT = "attribute_not_exists(pk) OR x <= :now";

/** Keeps each instance in one item of a DynamoDB table, written on condition. */
export class DynamoDbStateStore implements StateStore {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #clock: Clock;
  readonly #chunks: DynamoDbChunks;

  constructor(options: {
    readonly client: DynamoDBClient;
    readonly tableName: string;
    readonly clock: Clock;
  }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
    this.#clock = options.clock;
    this.#chunks = new DynamoDbChunks(options);
  }

  async load(key: InstanceKey): Promise<Consumed & { readonly item: StateItem | undefined }> {
    const { item, ...consumed } = await this.#read(key);
    return { item: live(item, this.#clock.now()), ...consumed };
  }

  async commit(key: InstanceKey, next: StateItem, expected: string | undefined): Promise<CommitResult> {
    const item = encodeState(key, next);
    const bytes = checkItemFits(item);
    const now = { N: String(epochSeconds(this.#clock.now())) };
    const command = new PutItemCommand({
      TableName: this.#tableName,
      Item: item,
      ConditionExpression: expected === undefined ? IF_ABSENT : IF_CURRENT,
      ExpressionAttributeValues:
        expected === undefined ? { ":now": now } : { ":now": now, ":v": { S: expected } },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      ReturnConsumedCapacity: "TOTAL",
    });
    try {
      const { ConsumedCapacity } = await this.#client.send(command);
      return { committed: true, ...consumedByWrite(ConsumedCapacity) };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw storeError(error);
      // An emulator may not answer with the item.
      const { item: stored, readUnits } = error.Item
        ? { item: decodeState(error.Item), readUnits: 0 }
        : await this.#read(key);
      // Billed as if written, but not reported.
      const before = stored && itemBytes(encodeState(key, stored));
      const consumed = { readUnits, writeUnits: writeUnits(bytes, before) };
      const current = live(stored, this.#clock.now());
      // The very token that we write is there already: our own write, whose first answer was lost.
      if (current?.v === next.v) return { committed: true, ...consumed };
      return { committed: false, current, ...consumed };
    }
  }

  putChunk(key: InstanceKey, chunk: Chunk): Promise<Consumed> {
    return this.#chunks.put(key, chunk);
  }

  loadChunks(key: InstanceKey, run: string): Promise<Consumed & { readonly chunks: readonly Chunk[] }> {
    return this.#chunks.load(key, run);
  }

  async #read(key: InstanceKey): Promise<Consumed & { readonly item: StateItem | undefined }> {
    const command = new GetItemCommand({
      TableName: this.#tableName,
      Key: stateKey(key),
      ConsistentRead: true,
      ReturnConsumedCapacity: "TOTAL",
    });
    const { Item: item, ConsumedCapacity } = await translated(this.#client.send(command));
    return { item: item && decodeState(item), ...consumedByRead(ConsumedCapacity) };
  }
}
