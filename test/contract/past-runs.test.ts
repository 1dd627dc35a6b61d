import { inject } from "vitest";
import { startDynalite } from "../../infra/local/dynalite.ts";
import { EncryptedPastRuns } from "../../lib/adapters/encryption/encrypted-past-runs.ts";
import { MemoryPastRuns } from "../../lib/adapters/memory/past-runs.ts";
import { MemoryStateStore } from "../../lib/adapters/memory/state-store.ts";
import { createTestTable } from "./dynamodb-table.ts";
import { newCipher } from "./new-cipher.ts";
import { pastRunsContract } from "./past-runs.ts";

const dynamodb = inject("dynamodb");

pastRunsContract("in memory", async (clock) => {
  const stores = { pastRuns: new MemoryPastRuns({ clock }), stateStore: new MemoryStateStore({ clock }) };
  return { open: () => stores, stop: async () => {} };
});

pastRunsContract("in memory, encrypted", async (clock) => {
  const store = new MemoryPastRuns({ clock });
  const stateStore = new MemoryStateStore({ clock });
  const open = () => ({ pastRuns: new EncryptedPastRuns({ store, cipher: newCipher() }), stateStore });
  return { open, stop: async () => {} };
});

pastRunsContract("DynamoDB's API at dynalite", async (clock) => {
  const { endpoint, stop } = await startDynalite();
  const table = await createTestTable(endpoint);
  return { open: () => table.open(clock), stop };
});

// Without it, the run has said so, in one line.
if (dynamodb !== undefined) {
  pastRunsContract("DynamoDB's API at DynamoDB Local", async (clock) => {
    const table = await createTestTable(dynamodb.endpoint);
    return { open: () => table.open(clock), stop: async () => {} };
  });
}
