import { type DynamoDBClient, PutItemCommand, paginateQuery } from "@aws-sdk/client-dynamodb";
import type { Chunk, Consumed, InstanceKey } from "../../ports/state-store.ts";
import { decodeChunk, encodeChunk } from "./chunk-item.ts";
import { consumedByWrite } from "./consumed.ts";
import { chunkPrefix, instancePartition } from "./keys.ts";
import { translated } from "./store-error.ts";
import { checkItemFits } from "./stored-item.ts";

/** The chunks of instances, each an item of its own beside the state. */
export class DynamoDbChunks {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  constructor({ client, tableName }: { readonly client: DynamoDBClient; readonly tableName: string }) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async put(key: InstanceKey, chunk: Chunk): Promise<Consumed> {
    const item = encodeChunk(key, chunk);
    checkItemFits(item);
    const command = new PutItemCommand({
      TableName: this.#tableName,
      Item: item,
      ReturnConsumedCapacity: "TOTAL",
    });
    return consumedByWrite((await translated(this.#client.send(command))).ConsumedCapacity);
  }

  async load(key: InstanceKey, run: string): Promise<Consumed & { readonly chunks: readonly Chunk[] }> {
    const chunks: Chunk[] = [];
    let readUnits = 0;
    const read = async (): Promise<void> => {
      const pages = paginateQuery(
        { client: this.#client },
        {
          TableName: this.#tableName,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
          ExpressionAttributeValues: {
            ":pk": { S: instancePartition(key) },
            ":prefix": { S: chunkPrefix(run) },
          },
          ReturnConsumedCapacity: "TOTAL",
        },
      );
      for await (const { Items = [], ConsumedCapacity } of pages) {
        chunks.push(...Items.map((item) => decodeChunk(run, item)));
        readUnits += ConsumedCapacity?.CapacityUnits ?? 0;
      }
    };
    await translated(read());
    return { chunks, readUnits, writeUnits: 0 };
  }
}
