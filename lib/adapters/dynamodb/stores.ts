import type { Clock } from "../../ports/clock.ts";
import type { DueStore } from "../../ports/due-store.ts";
import type { IdempotencyKeys } from "../../ports/idempotency-keys.ts";
import type { InstanceList } from "../../ports/instance-list.ts";
import type { LeaseStore } from "../../ports/lease-store.ts";
import type { PastRuns } from "../../ports/past-runs.ts";
import type { PayloadStore } from "../../ports/payload-store.ts";
import type { StateStore } from "../../ports/state-store.ts";
import type { TagIndex } from "../../ports/tag-index.ts";
import type { DynamoDbTarget } from "./client.ts";
import { DynamoDbDueStore } from "./due-store.ts";
import { DynamoDbApi } from "./dynamodb-api.ts";
import { DynamoDbIdempotencyKeys } from "./idempotency-keys.ts";
import { DynamoDbInstanceList } from "./instance-list.ts";
import { DynamoDbLeaseStore } from "./lease-store.ts";
import { DynamoDbPastRuns } from "./past-runs.ts";
import { DynamoDbPayloadStore } from "./payload-store.ts";
import { DynamoDbStateStore } from "./state-store.ts";
import { DynamoDbTagIndex } from "./tag-index.ts";

/**
 * Makes the stores of one DynamoDB table, which must exist.
 *
 * @example
 * const { stateStore, dueStore } = dynamoDbStores({ tableName: "infinitic", clock: systemClock });
 */
export function dynamoDbStores({
  tableName,
  clock,
  ...target
}: DynamoDbTarget & { readonly tableName: string; readonly clock: Clock }): {
  readonly stateStore: StateStore;
  readonly dueStore: DueStore;
  readonly tagIndex: TagIndex;
  readonly pastRuns: PastRuns;
  readonly instanceList: InstanceList;
  readonly payloadStore: PayloadStore;
  readonly idempotencyKeys: IdempotencyKeys;
  readonly leases: LeaseStore;
} {
  const api = new DynamoDbApi({ tableName, target });
  return {
    stateStore: new DynamoDbStateStore({ api, clock }),
    dueStore: new DynamoDbDueStore({ api }),
    tagIndex: new DynamoDbTagIndex({ api }),
    pastRuns: new DynamoDbPastRuns({ api, clock }),
    instanceList: new DynamoDbInstanceList({ api, clock }),
    payloadStore: new DynamoDbPayloadStore({ api }),
    idempotencyKeys: new DynamoDbIdempotencyKeys({ api, clock }),
    leases: new DynamoDbLeaseStore({ api }),
  };
}
