import { randomUUID } from "node:crypto";
import { inject } from "vitest";
import { startDynalite } from "../../infra/local/dynalite.ts";
import { startLocalS3 } from "../../infra/local/s3.ts";
import { DynamoDbApi } from "../../lib/adapters/dynamodb/dynamodb-api.ts";
import { DynamoDbPayloadStore } from "../../lib/adapters/dynamodb/payload-store.ts";
import { EncryptedPayloadStore } from "../../lib/adapters/encryption/encrypted-payload-store.ts";
import { MemoryPayloadStore } from "../../lib/adapters/memory/payload-store.ts";
import { S3PayloadStore } from "../../lib/adapters/s3/payload-store.ts";
import { createTestTable } from "./dynamodb-table.ts";
import { newCipher } from "./new-cipher.ts";
import { payloadStoreContract } from "./payload-store.ts";

const dynamodb = inject("dynamodb");

payloadStoreContract("in memory", async () => {
  const store = new MemoryPayloadStore();
  return { open: () => store, stop: async () => {} };
});

payloadStoreContract(
  "in memory, encrypted",
  async () => {
    const store = new MemoryPayloadStore();
    return { open: () => new EncryptedPayloadStore({ store, cipher: newCipher() }), stop: async () => {} };
  },
  { isEncrypted: true },
);

payloadStoreContract("S3's API at fauxqs", async () => {
  const bucket = `test-${randomUUID()}`;
  const { endpoint, stop } = await startLocalS3({ bucket });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return { open: () => new S3PayloadStore({ bucket, endpoint, region: "local", credentials }), stop };
});

payloadStoreContract("DynamoDB's API at dynalite", async () => {
  const { endpoint, stop } = await startDynalite();
  return { open: await dynamoDbAt(endpoint), stop };
});

// Without it, the run has said so, in one line.
if (dynamodb !== undefined) {
  payloadStoreContract("DynamoDB's API at DynamoDB Local", async () => {
    return { open: await dynamoDbAt(dynamodb.endpoint), stop: async () => {} };
  });
}

async function dynamoDbAt(endpoint: string): Promise<() => DynamoDbPayloadStore> {
  const { name: tableName } = await createTestTable(endpoint);
  const target = { endpoint, region: "local" };
  return () => new DynamoDbPayloadStore({ api: new DynamoDbApi({ tableName, target }) });
}
