import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { expect, inject, test } from "vitest";
import { MemoryDataKeys } from "../../lib/adapters/memory/data-keys.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import type { DataKeys } from "../../lib/ports/data-keys.ts";
import { Reader } from "../contract/broker-reader.ts";
import { createTestTable } from "../contract/dynamodb-table.ts";
import { isIn } from "../encryption/look.ts";
import { play, SECRET, safeSystem } from "../encryption/safe.ts";

const pulsar = inject("pulsar");
const dynamodb = inject("dynamodb");

// Without them, the run has said so, in one line.
if (pulsar !== undefined && dynamodb !== undefined) {
  const { webUrl } = pulsar;
  const { endpoint } = dynamodb;

  test("with keys, no message of the real Pulsar and no item of DynamoDB Local has anything in the clear", async () => {
    const { messages, items } = await keptOf(new MemoryDataKeys({ text: "any" }));
    expect(messages.length).toBeGreaterThan(20);
    expect(items.length).toBeGreaterThan(3);
    expect([...messages, ...items].filter((one) => isIn(SECRET, one))).toEqual([]);
  });

  test("without, the same look finds what was said in both", async () => {
    const { messages, items } = await keptOf(undefined);
    expect(messages.some((one) => isIn(SECRET, one))).toBe(true);
    expect(items.some((one) => isIn(SECRET, one))).toBe(true);
  });

  /** Plays an instance, and gives every message and every item that there is in the end. */
  async function keptOf(dataKeys: DataKeys | undefined) {
    const namespace = `encryption-${crypto.randomUUID()}`;
    await fetch(`${webUrl}/admin/v2/namespaces/public/${namespace}`, { method: "PUT" });
    // What is acknowledged is kept, too.
    await fetch(`${webUrl}/admin/v2/namespaces/public/${namespace}/retention`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ retentionTimeInMinutes: 60, retentionSizeInMB: -1 }),
    });
    const broker = new PulsarWebSocketBroker({ webUrl, namespace });
    const table = await createTestTable(endpoint);
    const stores = table.open(systemClock);
    await stores.dueStore.moveCursor(undefined, Math.floor(Date.now() / 60_000) - 10);
    const system = await safeSystem({ ...stores, broker, clock: systemClock }, dataKeys).start();
    expect(await play(system, "10ms")).toBe("11 340000 true");

    const listed = await fetch(`${webUrl}/admin/v2/persistent/public/${namespace}`);
    const topics = ((await listed.json()) as readonly string[]).map((name) => name.split("/").at(-1) ?? "");
    const messages: unknown[] = [];
    for (const topic of topics) {
      const options = { topic, subscription: "look", type: "failover" as const, prefetch: 100 };
      const reader = new Reader(await broker.subscribe(options));
      // Whatever it has is before this one.
      const last = { topic, payload: "the last one" };
      await broker.publish(last);
      await expect.poll(() => reader.payloads.at(-1)).toBe(last.payload);
      messages.push(...reader.messages.map(({ key, payload, properties }) => ({ key, payload, properties })));
    }
    await system.bridge.close();
    await broker.close();

    const client = new DynamoDBClient({
      endpoint,
      region: "local",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    const items: unknown[] = [];
    for await (const { Items = [] } of paginateScan({ client }, { TableName: table.name }))
      items.push(...Items);
    client.destroy();
    return { messages, items };
  }
}
