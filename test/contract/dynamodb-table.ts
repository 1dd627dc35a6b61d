import { randomUUID } from "node:crypto";
import { openClient } from "../../lib/adapters/dynamodb/client.ts";
import { dynamoDbStores } from "../../lib/adapters/dynamodb/stores.ts";
import { createTable } from "../../lib/adapters/dynamodb/table.ts";
import type { Clock } from "../../lib/ports/clock.ts";

const REGION = "local";

/** A table of its own in an emulator. */
export interface TestTable {
  readonly name: string;
  open(clock: Clock, endpoint?: string): ReturnType<typeof dynamoDbStores>;
}

/** Creates a table in an emulator; it goes with the emulator. */
export async function createTestTable(endpoint: string): Promise<TestTable> {
  const name = `test-${randomUUID()}`;
  const client = openClient({ endpoint, region: REGION });
  await createTable(client, name);
  client.destroy();
  return {
    name,
    open: (clock, at = endpoint) => dynamoDbStores({ tableName: name, endpoint: at, region: REGION, clock }),
  };
}
