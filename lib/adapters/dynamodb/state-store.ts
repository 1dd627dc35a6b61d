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
import { checkSize, type Item, itemBytes, writeUnits } from "./item-size.ts";
import { fromItem, stateKey, toItem } from "./state-item.ts";
import { storeError, translated } from "./store-error.ts";

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
    return { item: fromItem(item, this.#nowS()), ...consumed };
  }

  async commit(key: InstanceKey, next: StateItem, expected: string | undefined): Promise<CommitResult> {
    const item = toItem(key, next);
    checkSize(item);
    const now = { N: String(this.#nowS()) };
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
      if (error instanceof ConditionalCheckFailedException) return this.#resolve(key, item, error.Item);
      throw storeError(error);
    }
  }

  putChunk(key: InstanceKey, chunk: Chunk): Promise<Consumed> {
    return this.#chunks.put(key, chunk);
  }

  loadChunks(key: InstanceKey, run: string): Promise<Consumed & { readonly chunks: readonly Chunk[] }> {
    return this.#chunks.load(key, run);
  }

  /**
   * Tells what a failed condition means. The item may be this very write, whose first answer was lost and which
   * the SDK sent again.
   */
  async #resolve(key: InstanceKey, next: Item, answered: Item | undefined): Promise<CommitResult> {
    // An emulator may not answer with the item.
    const { item, readUnits } = answered ? { item: answered, readUnits: 0 } : await this.#read(key);
    // Billed as if written, but not reported.
    const consumed = {
      readUnits,
      writeUnits: writeUnits(Math.max(itemBytes(next), item ? itemBytes(item) : 0)),
    };
    const current = fromItem(item, this.#nowS());
    return current?.v === next["v"]?.S
      ? { committed: true, ...consumed }
      : { committed: false, current, ...consumed };
  }

  async #read(key: InstanceKey): Promise<Consumed & { readonly item: Item | undefined }> {
    const command = new GetItemCommand({
      TableName: this.#tableName,
      Key: stateKey(key),
      ConsistentRead: true,
      ReturnConsumedCapacity: "TOTAL",
    });
    const { Item: item, ConsumedCapacity } = await translated(this.#client.send(command));
    return { item, ...consumedByRead(ConsumedCapacity) };
  }

  #nowS(): number {
    return Math.floor(this.#clock.now() / 1_000);
  }
}
