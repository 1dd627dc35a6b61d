import { type DynamoDBClient, PutItemCommand, paginateQuery } from "@aws-sdk/client-dynamodb";
import type { Chunk, Consumed, InstanceKey } from "../../ports/state-store.ts";
import { consumedByWrite } from "./consumed.ts";
import { checkSize, type Item } from "./item-size.ts";
import { partitionOf } from "./state-item.ts";
import { translated } from "./store-error.ts";

/** Digits of a chunk's number in its key, so that keys order as numbers do. */
const NUMBER_DIGITS = 6;

/** The chunks of instances, each an item of its own beside the state. */
export class DynamoDbChunks {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  constructor({ client, tableName }: { readonly client: DynamoDBClient; readonly tableName: string }) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async put(key: InstanceKey, chunk: Chunk): Promise<Consumed> {
    const number = String(chunk.number).padStart(NUMBER_DIGITS, "0");
    const item: Item = {
      pk: { S: partitionOf(key) },
      sk: { S: `${prefixOf(chunk.run)}${number}#${chunk.nonce}` },
      s: { B: chunk.body },
    };
    checkSize(item);
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
          ExpressionAttributeValues: { ":pk": { S: partitionOf(key) }, ":prefix": { S: prefixOf(run) } },
          ReturnConsumedCapacity: "TOTAL",
        },
      );
      for await (const { Items = [], ConsumedCapacity } of pages) {
        chunks.push(...Items.map((item) => fromItem(item, run)));
        readUnits += ConsumedCapacity?.CapacityUnits ?? 0;
      }
    };
    await translated(read());
    return { chunks, readUnits, writeUnits: 0 };
  }
}

/** Runs have no `#` in them, so one's prefix never begins another's. */
function prefixOf(run: string): string {
  return `C#${run}#`;
}

function fromItem({ sk, s }: Item, run: string): Chunk {
  const [number = "", nonce = ""] = (sk?.S ?? "").slice(prefixOf(run).length).split("#");
  return { run, number: Number(number), nonce, body: s?.B ?? new Uint8Array() };
}
