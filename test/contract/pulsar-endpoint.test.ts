import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { type PulsarEndpoint, startPulsarEndpoint } from "../../lib/adapters/memory/pulsar-endpoint.ts";

describe("the embedded broker's endpoint", () => {
  const pull = "subscriptionType=Shared&pullMode=true";
  let broker: MemoryBroker;
  let endpoint: PulsarEndpoint;
  beforeEach(async () => {
    broker = new MemoryBroker();
    endpoint = await startPulsarEndpoint({ broker });
  });
  afterEach(async () => {
    await endpoint.close();
    await broker.close();
  });

  const connect = (path: string): WebSocket =>
    new WebSocket(`${endpoint.webUrl.replace("http", "ws")}/ws/v2/${path}`);
  const statusOf = async (path: string): Promise<number | undefined> => {
    const [request, response] = await once(connect(path), "unexpected-response");
    request.destroy();
    return response.statusCode;
  };
  const answerTo = async (frame: string): Promise<unknown> => {
    const socket = connect("producer/persistent/public/default/t");
    await once(socket, "open");
    socket.send(frame);
    const [data] = await once(socket, "message");
    return JSON.parse(String(data));
  };

  test("is healthy, and has no other pages", async () => {
    const health = await fetch(`${endpoint.webUrl}/admin/v2/brokers/health`);
    expect([health.status, await health.text()]).toEqual([200, "ok"]);
    expect((await fetch(`${endpoint.webUrl}/admin/v2/clusters`)).status).toBe(404);
  });

  test("refuses what it does not serve", async () => {
    expect(await statusOf("reader/persistent/public/default/t")).toBe(404);
    expect(await statusOf("producer/persistent/public/default/%E0%A4%A")).toBe(400);
    expect(await statusOf("consumer/persistent/public/default/t/s?subscriptionType=Shared")).toBe(400);
    expect(await statusOf(`consumer/persistent/public/default/t/s?pullMode=true`)).toBe(400);
  });

  test("refuses a subscription of another kind than it is", async () => {
    await broker.ensureSubscription({ topic: "t", subscription: "s", type: "key_shared" });
    expect(await statusOf(`consumer/persistent/public/default/t/s?${pull}`)).toBe(409);
  });

  test("answers an error to a frame that it cannot read, and to a payload that is too large", async () => {
    expect(await answerTo("?")).toMatchObject({ result: "send-error:3" });
    expect(await answerTo('{"context":"c"}')).toMatchObject({ result: "send-error:3", context: "c" });
    const payload = Buffer.alloc(700_001, "x").toString("base64");
    expect(await answerTo(JSON.stringify({ payload, context: "c" }))).toMatchObject({
      result: "send-error:8",
      context: "c",
    });
  });

  test("ends a socket whose frame is larger than Pulsar takes", async () => {
    const socket = connect("producer/persistent/public/default/t");
    await once(socket, "open");
    socket.send("x".repeat(1024 * 1024 + 1));
    const [code] = await once(socket, "close");
    expect(code).toBe(1009);
  });

  test("keeps the topics of other namespaces apart", async () => {
    const consumer = connect(`consumer/persistent/acme/prod/t/s?${pull}`);
    await once(consumer, "open");
    consumer.send(JSON.stringify({ type: "permit", permitMessages: 1 }));
    await broker.publish({ topic: "t", payload: "of public/default" });
    await broker.publish({ topic: "acme/prod/t", payload: "of acme/prod" });
    const [data] = await once(consumer, "message");
    expect(JSON.parse(String(data))).toMatchObject({ payload: btoa("of acme/prod"), properties: {} });
  });
});
