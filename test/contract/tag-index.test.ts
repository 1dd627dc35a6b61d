import { inject } from "vitest";
import { startDynalite } from "../../infra/local/dynalite.ts";
import { MemoryTagIndex } from "../../lib/adapters/memory/tag-index.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { createTestTable } from "./dynamodb-table.ts";
import { tagIndexContract } from "./tag-index.ts";

const dynamodb = inject("dynamodb");
const clock = new ManualClock();

tagIndexContract("in memory", async () => {
  const index = new MemoryTagIndex();
  return { open: () => index, stop: async () => {} };
});

tagIndexContract("DynamoDB's API at dynalite", async () => {
  const { endpoint, stop } = await startDynalite();
  const table = await createTestTable(endpoint);
  return { open: () => table.open(clock).tagIndex, stop };
});

// Without it, the run has said so, in one line.
if (dynamodb !== undefined) {
  tagIndexContract("DynamoDB's API at DynamoDB Local", async () => {
    const table = await createTestTable(dynamodb.endpoint);
    return { open: () => table.open(clock).tagIndex, stop: async () => {} };
  });
}
