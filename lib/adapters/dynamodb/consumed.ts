import type { ConsumedCapacity } from "@aws-sdk/client-dynamodb";
import type { Consumed } from "../../ports/state-store.ts";

/** What a read consumed, by the table's own account. */
export function consumedByRead(capacity: ConsumedCapacity | undefined): Consumed {
  return { readUnits: capacity?.CapacityUnits ?? 0, writeUnits: 0 };
}

/** What a write consumed, by the table's own account. */
export function consumedByWrite(capacity: ConsumedCapacity | undefined): Consumed {
  return { readUnits: 0, writeUnits: capacity?.CapacityUnits ?? 0 };
}
