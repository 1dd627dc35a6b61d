import { inject } from "vitest";
import { startDynalite } from "../../infra/local/dynalite.ts";
import { MemoryDueStore } from "../../lib/adapters/memory/due-store.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { dueStoreContract } from "./due-store.ts";
import { createTestTable } from "./dynamodb-table.ts";

const dynamodb = inject("dynamodb");
const clock = new ManualClock();

dueStoreContract("in memory", async () => {
  const store = new MemoryDueStore();
  return { open: () => store, stop: async () => {} };
});

dueStoreContract("DynamoDB's API at dynalite", async () => {
  const { endpoint, stop } = await startDynalite();
  const table = await createTestTable(endpoint);
  return { open: () => table.open(clock).dueStore, stop };
});

// Without it, the run has said so, in one line.
if (dynamodb !== undefined) {
  dueStoreContract("DynamoDB's API at DynamoDB Local", async () => {
    const table = await createTestTable(dynamodb.endpoint);
    return { open: () => table.open(clock).dueStore, stop: async () => {} };
  });
}
