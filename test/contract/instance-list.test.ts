import { inject } from "vitest";
import { startDynalite } from "../../infra/local/dynalite.ts";
import { MemoryInstanceList } from "../../lib/adapters/memory/instance-list.ts";
import { MemoryStateStore } from "../../lib/adapters/memory/state-store.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import { createTestTable } from "./dynamodb-table.ts";
import { instanceListContract, listCostContract } from "./instance-list.ts";

const dynamodb = inject("dynamodb");

const startMemory = async (clock: Clock) => {
  const stateStore = new MemoryStateStore({ clock });
  const stores = { stateStore, instanceList: new MemoryInstanceList({ stateStore }) };
  return { open: () => stores, stop: async () => {} };
};
instanceListContract("in memory", startMemory);
listCostContract("in memory", startMemory);

// dynalite does not count what an index costs.
instanceListContract("DynamoDB's API at dynalite", async (clock) => {
  const { endpoint, stop } = await startDynalite();
  const table = await createTestTable(endpoint);
  return { open: () => table.open(clock), stop };
});

// Without it, the run has said so, in one line.
if (dynamodb !== undefined) {
  const start = async (clock: Clock) => {
    const table = await createTestTable(dynamodb.endpoint);
    return { open: () => table.open(clock), stop: async () => {} };
  };
  instanceListContract("DynamoDB's API at DynamoDB Local", start);
  listCostContract("DynamoDB's API at DynamoDB Local", start);
}
