import { inject } from "vitest";
import { startDynalite } from "../../infra/local/dynalite.ts";
import { EncryptedStateStore } from "../../lib/adapters/encryption/encrypted-state-store.ts";
import { MemoryStateStore } from "../../lib/adapters/memory/state-store.ts";
import { createTestTable } from "./dynamodb-table.ts";
import { newCipher } from "./new-cipher.ts";
import { stateStoreContract } from "./state-store.ts";

const dynamodb = inject("dynamodb");

stateStoreContract("in memory", async (clock) => {
  const store = new MemoryStateStore({ clock });
  return { open: () => store, stop: async () => {} };
});

stateStoreContract("in memory, encrypted", async (clock) => {
  const store = new MemoryStateStore({ clock });
  const open = () => new EncryptedStateStore({ store, cipher: newCipher() });
  return { open, stop: async () => {} };
});

stateStoreContract("DynamoDB's API at dynalite", async (clock) => {
  const { endpoint, stop } = await startDynalite();
  const table = await createTestTable(endpoint);
  return { open: () => table.open(clock).stateStore, stop };
});

// Without it, the run has said so, in one line.
if (dynamodb !== undefined) {
  stateStoreContract("DynamoDB's API at DynamoDB Local", async (clock) => {
    const table = await createTestTable(dynamodb.endpoint);
    return { open: () => table.open(clock).stateStore, stop: async () => {} };
  });
}
