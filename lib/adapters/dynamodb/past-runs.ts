import type { Clock } from "../../ports/clock.ts";
import type { PastRun, PastRuns } from "../../ports/past-runs.ts";
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

  async add(
    key: InstanceKey,
    start: string,
    run: string,
    expiresAt: number,
    outcome?: Uint8Array,
  ): Promise<Consumed> {
    const answer = await this.#api.call("PutItem", {
      TableName: this.#api.tableName,
      Item: toWire(encodePastRun(key, start, { run, expiresAt, ...(outcome && { outcome }) })),
      ReturnConsumedCapacity: "TOTAL",
    });
    return { readUnits: 0, writeUnits: consumedUnits(answer) };
  }

  async find(key: InstanceKey, start: string): Promise<Consumed & Partial<PastRun>> {
    const answer = await this.#api.call("GetItem", {
      TableName: this.#api.tableName,
      Key: pastRunKey(key, start),
      ConsistentRead: true,
      ReturnConsumedCapacity: "TOTAL",
    });
    const { expiresAt, ...found } = answer.Item ? decodePastRun(answer.Item) : { expiresAt: 0 };
    return {
      ...(!isOver(expiresAt, this.#clock.now()) && found),
      readUnits: consumedUnits(answer),
      writeUnits: 0,
    };
  }
}
