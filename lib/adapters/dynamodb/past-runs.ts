import type { Clock } from "../../ports/clock.ts";
import type { PastRuns } from "../../ports/past-runs.ts";
import type { Consumed, InstanceKey } from "../../ports/state-store.ts";
import { consumedUnits } from "./answer.ts";
import type { DynamoDbApi } from "./dynamodb-api.ts";
import { decodePastRun, encodePastRun, pastRunKey } from "./past-run-item.ts";
import { isOver } from "./stored-item.ts";
import { toWire } from "./wire.ts";

/** Keeps past runs in a DynamoDB table, an item each beside the instance's. */
export class DynamoDbPastRuns implements PastRuns {
  readonly #api: DynamoDbApi;
  readonly #clock: Clock;

  constructor({ api, clock }: { readonly api: DynamoDbApi; readonly clock: Clock }) {
    this.#api = api;
    this.#clock = clock;
  }

  async add(key: InstanceKey, start: string, run: string, expiresAt: number): Promise<Consumed> {
    const answer = await this.#api.call("PutItem", {
      TableName: this.#api.tableName,
      Item: toWire(encodePastRun(key, start, { run, expiresAt })),
      ReturnConsumedCapacity: "TOTAL",
    });
    return { readUnits: 0, writeUnits: consumedUnits(answer) };
  }

  async find(key: InstanceKey, start: string): Promise<Consumed & { readonly run?: string }> {
    const answer = await this.#api.call("GetItem", {
      TableName: this.#api.tableName,
      Key: pastRunKey(key, start),
      ConsistentRead: true,
      ReturnConsumedCapacity: "TOTAL",
    });
    const found = answer.Item && decodePastRun(answer.Item);
    const isThere = found !== undefined && !isOver(found.expiresAt, this.#clock.now());
    return { ...(isThere && { run: found.run }), readUnits: consumedUnits(answer), writeUnits: 0 };
  }
}
