import { setTimeout as sleep } from "node:timers/promises";
import { InfiniticError } from "../../core/values/errors.ts";
import type { Consumed } from "../../ports/state-store.ts";
import { consumedUnits } from "./answer.ts";
import type { DynamoDbApi } from "./dynamodb-api.ts";
import type { ItemKey, StoredItem } from "./stored-item.ts";
import { toWire } from "./wire.ts";

/** DynamoDB's own limit for one batch of writes. */
const BATCH_ITEMS = 25;

/** DynamoDB may leave some of a batch undone, for a moment; it is asked so often without a step forward. */
const MAX_ATTEMPTS = 3;
const RETRY_DELAY_MS = 50;

/**
 * Puts and removes items, each without a condition; the same item again counts once.
 *
 * @throws InfiniticError as {@link DynamoDbApi.call} tells, and `STORE_THROTTLED`: some may be done
 */
export async function writeBatch(
  api: DynamoDbApi,
  {
    put = [],
    remove = [],
  }: { readonly put?: readonly (StoredItem & ItemKey)[]; readonly remove?: readonly ItemKey[] },
): Promise<Consumed> {
  // One batch must not name an item twice.
  const requests = new Map<string, object>();
  for (const Key of remove) requests.set(nameOf(Key), { DeleteRequest: { Key } });
  for (const item of put) requests.set(nameOf(item), { PutRequest: { Item: toWire(item) } });
  let left: readonly unknown[] = [...requests.values()];
  let writeUnits = 0;
  for (let attempt = 1; left.length > 0; ) {
    const batch = left.slice(0, BATCH_ITEMS);
    const answer = await api.call("BatchWriteItem", {
      RequestItems: { [api.tableName]: batch },
      ReturnConsumedCapacity: "TOTAL",
    });
    writeUnits += consumedUnits(answer);
    const undone = answer.UnprocessedItems?.[api.tableName] ?? [];
    left = [...undone, ...left.slice(BATCH_ITEMS)];
    if (undone.length === 0) continue;
    attempt = undone.length < batch.length ? 1 : attempt + 1;
    if (attempt > MAX_ATTEMPTS) throw throttledError(requests.size, left.length);
    await sleep(RETRY_DELAY_MS * (1 + Math.random()));
  }
  return { readUnits: 0, writeUnits };
}

function nameOf({ pk, sk }: ItemKey): string {
  return `${pk.S} ${sk.S}`;
}

function throttledError(expected: number, left: number): InfiniticError {
  return new InfiniticError("STORE_THROTTLED", `expected ${expected} items written, got ${left} undone`);
}
