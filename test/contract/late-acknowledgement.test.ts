import { expect, it } from "vitest";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { startPulsarEndpoint } from "../../lib/adapters/memory/pulsar-endpoint.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";

it("does not take an acknowledgement of a lost connection for one of the message delivered again", async () => {
  const endpoint = await startPulsarEndpoint({ broker: new MemoryBroker() });
  const broker = new PulsarWebSocketBroker({ webUrl: endpoint.webUrl });
  const options = { topic: "t", subscription: "s", type: "key_shared", prefetch: 10 } as const;
  const consumer = await broker.subscribe(options);
  await broker.publish({ topic: "t", key: "k", payload: "1" });
  const lost = await consumer.receive();
  consumer.disconnect();
  const again = await consumer.receive();
  expect(again?.id).toBe(lost?.id);
  expect([lost, again].map((m) => m && consumer.isCurrent(m))).toEqual([false, true]);
  if (lost) consumer.acknowledge(lost);
  await consumer.close();
  const next = await broker.subscribe(options);
  await broker.publish({ topic: "t", key: "k", payload: "2" });
  expect((await next.receive())?.payload).toBe("1");
  await broker.close();
  await endpoint.close();
});
