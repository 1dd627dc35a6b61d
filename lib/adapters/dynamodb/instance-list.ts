import type { Clock } from "../../ports/clock.ts";
import type { InstanceList, InstancePage, InstanceQuery, InstanceRow } from "../../ports/instance-list.ts";
import type { DynamoDbApi } from "./dynamodb-api.ts";
import { listPartition, SHARDS } from "./keys.ts";
import { boundsOf, decodeRow, isAfter, LIST_INDEX, type ListBounds, pageOf } from "./list-row.ts";
import { isOver } from "./stored-item.ts";
import type { WireItem } from "./wire.ts";

const { name, partition, sort } = LIST_INDEX;

/** Lists instances from a sparse index of a DynamoDB table, spread over a few partitions. */
export class DynamoDbInstanceList implements InstanceList {
  readonly #api: DynamoDbApi;
  readonly #clock: Clock;

  constructor({ api, clock }: { readonly api: DynamoDbApi; readonly clock: Clock }) {
    this.#api = api;
    this.#clock = clock;
  }

  async read(query: InstanceQuery): Promise<InstancePage> {
    const bounds = boundsOf(query);
    if (bounds === undefined) return { rows: [] };
    const shards = await Promise.all(SHARDS.map((shard) => this.#readShard(query, bounds, shard)));
    return pageOf(shards.flat(), query.limit);
  }

  /** One row more than a page, if there are so many. */
  async #readShard(
    query: InstanceQuery,
    { lowest, highest }: ListBounds,
    shard: number,
  ): Promise<readonly InstanceRow[]> {
    const { workflow, status, limit, cursor } = query;
    const rows: InstanceRow[] = [];
    let next: WireItem | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.#api.call("Query", {
        TableName: this.#api.tableName,
        IndexName: name,
        KeyConditionExpression: `${partition} = :partition AND ${sort} BETWEEN :lowest AND :highest`,
        ExpressionAttributeValues: {
          ":partition": { S: listPartition(workflow, status, shard) },
          ":lowest": { S: lowest },
          ":highest": { S: highest },
        },
        ScanIndexForward: false,
        ExclusiveStartKey: next,
        // The row at the cursor may come again, and is not counted.
        Limit: limit + 2,
      });
      for (const item of Items) {
        const row = decodeRow(query, item[sort]?.S ?? "");
        if (isAfter(row, cursor) && !this.#isOver(item)) rows.push(row);
      }
      next = LastEvaluatedKey;
    } while (next !== undefined && rows.length <= limit);
    return rows;
  }

  #isOver(item: WireItem): boolean {
    const expiresAt = item["x"]?.N;
    return expiresAt !== undefined && isOver(Number(expiresAt), this.#clock.now());
  }
}
