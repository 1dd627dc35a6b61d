import { inject } from "vitest";
import { startDynalite } from "../../infra/local/dynalite.ts";
import { MemoryIdempotencyKeys } from "../../lib/adapters/memory/idempotency-keys.ts";
import { createTestTable } from "./dynamodb-table.ts";
import { idempotencyKeysContract } from "./idempotency-keys.ts";

const dynamodb = inject("dynamodb");

idempotencyKeysContract("in memory", async (clock) => {
  const keys = new MemoryIdempotencyKeys({ clock });
  return { open: () => keys, stop: async () => {} };
});

idempotencyKeysContract("DynamoDB's API at dynalite", async (clock) => {
  const { endpoint, stop } = await startDynalite();
  const table = await createTestTable(endpoint);
  return { open: () => table.open(clock).idempotencyKeys, stop };
});

// Without it, the run has said so, in one line.
if (dynamodb !== undefined) {
  idempotencyKeysContract("DynamoDB's API at DynamoDB Local", async (clock) => {
    const table = await createTestTable(dynamodb.endpoint);
    return { open: () => table.open(clock).idempotencyKeys, stop: async () => {} };
  });
}
