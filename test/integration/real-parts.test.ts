import { once } from "node:events";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, inject, it } from "vitest";
import { WebSocket } from "ws";
import { startDynalite } from "../../infra/local/dynalite.ts";

const pulsar = inject("pulsar");
const dynamodb = inject("dynamodb");

describe.skipIf(pulsar === undefined)("the real Pulsar", () => {
  const webUrl = pulsar?.webUrl ?? "";

  it("has the namespace public/default", async () => {
    const response = await fetch(`${webUrl}/admin/v2/namespaces/public`);
    expect(await response.json()).toContain("public/default");
  });

  it("carries a message over its WebSocket API on a topic whose name has a colon", async () => {
    const topic = encodeURIComponent(`workflow-engine:Booking-${crypto.randomUUID()}`);
    const path = `persistent/public/default/${topic}`;
    const wsUrl = webUrl.replace("http", "ws");
    const query = "subscriptionType=Key_Shared&subscriptionInitialPosition=Earliest&pullMode=true";
    const consumer = new WebSocket(`${wsUrl}/ws/v2/consumer/${path}/infinitic?${query}`);
    const producer = new WebSocket(`${wsUrl}/ws/v2/producer/${path}`);
    await Promise.all([once(consumer, "open"), once(producer, "open")]);

    const received = once(consumer, "message");
    consumer.send(JSON.stringify({ type: "permit", permitMessages: 1 }));
    producer.send(JSON.stringify({ payload: btoa("hello"), key: "trip-1", context: "c" }));

    const [receipt] = await once(producer, "message");
    expect(JSON.parse(String(receipt))).toMatchObject({ result: "ok", context: "c" });
    const [message] = await received;
    expect(JSON.parse(String(message))).toMatchObject({ payload: btoa("hello"), key: "trip-1" });

    const topics = await fetch(`${webUrl}/admin/v2/persistent/public/default`);
    expect(await topics.json()).toContain(`persistent://public/default/${decodeURIComponent(topic)}`);
    consumer.close();
    producer.close();
  });
});

async function listTables(endpoint: string): Promise<readonly string[] | undefined> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint, region: "local", credentials });
  try {
    return (await client.send(new ListTablesCommand({}))).TableNames;
  } finally {
    client.destroy();
  }
}

describe.skipIf(dynamodb === undefined)("DynamoDB Local", () => {
  it("lists its tables", async () => {
    expect(await listTables(dynamodb?.endpoint ?? "")).toBeInstanceOf(Array);
  });
});

describe("dynalite", () => {
  it("lists its tables, and stops", async () => {
    const dynalite = await startDynalite();
    expect(await listTables(dynalite.endpoint)).toEqual([]);
    await dynalite.stop();
    await expect(fetch(dynalite.endpoint)).rejects.toThrow("fetch failed");
  });
});
