import { expect, onTestFinished, test } from "vitest";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { Bridge } from "../../lib/bridge/bridge.ts";
import { deadLetterOf } from "../../lib/bridge/dead-letters/dead-letter.ts";
import { type Letter, type RedriveOptions, redrive } from "../../lib/bridge/dead-letters/redrive.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { deadLetterTopic, SUBSCRIPTION } from "../../lib/core/protocol/topics.ts";
import type { IncomingMessage, OutgoingMessage } from "../../lib/ports/broker.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";

interface Desk {
  work(item: string): string;
}
const Desk = defineService<Desk>("Desk");

interface Shipping {
  run(order: { readonly id: string }): Promise<string>;
  collect(count: number): Promise<readonly unknown[]>;
  readonly parcels: Channel<unknown>;
}
const Shipping = defineWorkflow<Shipping>("Shipping");

class ShippingV1 extends Workflow implements Shipping {
  readonly parcels = channel<unknown>();

  async run({ id }: { readonly id: string }): Promise<string> {
    return newService(Desk).work(id);
  }
  async collect(count: number): Promise<readonly unknown[]> {
    const parcels: unknown[] = [];
    while (parcels.length < count) parcels.push(await this.parcels.receive());
    return parcels;
  }
}

const TRIGGER = { topic: "orders", workflow: "Shipping", id: "id" } as const;
const START = { ...TRIGGER, kind: "start", subscription: "start" } as const;
const SIGNAL = { ...TRIGGER, kind: "signal", subscription: "signal", topic: "parcels" } as const;

/** A clock whose time is over when a broker in memory has had every occasion to deliver. */
const TURNS: Clock = {
  now: () => 0,
  async sleep() {
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  },
};

/** The whole system, with a handler of its own topic that fails until it is mended, and triggers. */
async function startSystem() {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  const handled: string[] = [];
  let isMended = false;
  const system = await new TestSystem({
    workflows: [workflowOf(Shipping, ShippingV1)],
    services: [serviceOf(Desk, { work: (item) => `${item} shipped` })],
    parts: { broker, clock },
  }).start();
  const audit = async (_name: string, request: string) => {
    const { Records } = JSON.parse(request) as { Records: { kinesis: { data: string } }[] };
    if (!isMended) return { kind: "died", errorType: "Error", message: "the audit is closed" } as const;
    for (const { kinesis } of Records) handled.push(Buffer.from(kinesis.data, "base64").toString());
    return { kind: "answered", payload: "null" } as const;
  };
  const bridge = new Bridge({
    ...system.parts,
    invoker: { invoke: audit },
    options: {
      routes: [
        {
          topic: "audits",
          type: "key_shared",
          functionName: "audit",
          handler: "stream",
          timeoutMs: 1_000,
          maxAttempts: 2,
        },
      ],
      triggers: [START, { ...SIGNAL, channel: "parcels" }],
    },
  });
  await bridge.start();
  onTestFinished(async () => {
    await system.until(bridge.close());
    await system.close();
  });
  const letters: Letter[] = [];
  return {
    system,
    broker,
    clock,
    handled,
    letters,
    mend: () => {
      isMended = true;
    },
    publish: (...messages: readonly OutgoingMessage[]) =>
      Promise.all(messages.map((message) => broker.publish(message))),
    replay: (topic: string, more: Partial<RedriveOptions> = {}) => {
      const onLetter = (letter: Letter): number => letters.push(letter);
      return redrive({ broker, clock: TURNS, topic, isDryRun: false, idleMs: 1, onLetter, ...more });
    },
  };
}

type World = Awaited<ReturnType<typeof startSystem>>;

/** Waits until so many messages were put aside, and leaves them there. */
async function parked({ broker, system }: World, topic: string, count: number) {
  const dead = { topic: deadLetterTopic(topic), subscription: SUBSCRIPTION, type: "shared" as const };
  const consumer = await broker.subscribe({ ...dead, prefetch: 100 });
  const messages: IncomingMessage[] = [];
  while (messages.length < count) messages.push((await system.until(consumer.receive())) as IncomingMessage);
  await consumer.close();
  return messages;
}

test("sends what was put aside back to its topic, with its key and its own properties", async () => {
  const world = await startSystem();
  const sent = await world.broker.subscribe({
    topic: "audits",
    subscription: "onlooker",
    type: "shared",
    prefetch: 10,
  });
  const properties = { source: "till 4" };
  await world.publish({ topic: "audits", key: "k", payload: "a", properties });
  const [letter] = await parked(world, "audits", 1);
  expect(letter?.properties).toMatchObject({ ...properties, code: "ATTEMPTS_EXHAUSTED", attempts: "2" });
  world.mend();
  expect(await world.replay("audits")).toBe(1);
  await expect.poll(() => world.handled).toEqual(["a"]);
  expect(world.letters).toMatchObject([
    { topic: "audits", key: "k", code: "ATTEMPTS_EXHAUSTED", attempts: "2", bytes: 1 },
  ]);
  await expect.poll(() => world.handled).toEqual(["a"]);
  expect(await world.replay("audits")).toBe(0);
  await sent.receive();
  const again = await sent.receive();
  expect(again).toMatchObject({ key: "k", payload: "a" });
  expect(again?.properties).toEqual({ ...properties, replayOf: letter?.properties["originId"] });
});

test("only tells, when it is told to", async () => {
  const world = await startSystem();
  await world.publish(
    { topic: "audits", key: "k", payload: "a" },
    { topic: "audits", key: "l", payload: "b" },
  );
  await parked(world, "audits", 2);
  world.mend();
  expect(await world.replay("audits", { isDryRun: true })).toBe(2);
  expect(world.handled).toEqual([]);
  expect(await world.replay("audits")).toBe(2);
  await expect.poll(() => world.handled.toSorted()).toEqual(["a", "b"]);
});

test("takes no letter for another whose id in the topic is that of the first among dead letters", async () => {
  const world = await startSystem();
  world.mend();
  const message = { topic: "audits", properties: {}, publishedAt: 0 };
  const cause = { code: "INVALID_MESSAGE", reason: "expected an audit", attempts: 1 };
  for (const id of ["1", "0"]) {
    const letter = deadLetterOf({ ...message, id, key: id, payload: `audit ${id}` }, cause);
    await world.publish(letter);
  }
  expect(await world.replay("audits")).toBe(2);
  expect(world.letters.map(({ id }) => id)).toEqual(["1", "0"]);
});

test("sends one message, when it is told which", async () => {
  const world = await startSystem();
  await world.publish(
    { topic: "audits", key: "k", payload: "a" },
    { topic: "audits", key: "l", payload: "b" },
  );
  await parked(world, "audits", 2);
  world.mend();
  await world.replay("audits", { isDryRun: true });
  const { id } = world.letters.at(-1) as Letter;
  expect(await world.replay("audits", { id })).toBe(1);
  await expect.poll(() => world.handled).toHaveLength(1);
  expect(await world.replay("audits")).toBe(1);
  await expect.poll(() => world.handled.toSorted()).toEqual(["a", "b"]);
});

test("leaves what is put aside anew, and ends", async () => {
  const world = await startSystem();
  await world.publish({ topic: "audits", key: "k", payload: "a" });
  const [first] = await parked(world, "audits", 1);
  for (let time = 1; time <= 2; time += 1) {
    expect(await world.replay("audits")).toBe(1);
    const [again] = await parked(world, "audits", 1);
    expect(again?.properties["replayOf"]).toBe(first?.properties["originId"]);
  }
});

test("sends once what was put aside twice, as by a bridge that died before it acknowledged", async () => {
  const world = await startSystem();
  await world.publish({ topic: "audits", key: "k", payload: "a" });
  const [letter] = await parked(world, "audits", 1);
  const { key, payload, properties } = letter as IncomingMessage;
  await world.publish({ topic: deadLetterTopic("audits"), key: key ?? "", payload, properties });
  world.mend();
  expect(await world.replay("audits")).toBe(1);
  await expect.poll(() => world.handled).toEqual(["a"]);
  expect(await world.replay("audits")).toBe(0);
});

test("of a business topic, sent again twice, starts and signals once", async () => {
  const world = await startSystem();
  const { system } = world;
  await world.publish({ topic: "parcels", key: "k", payload: "no parcel" });
  const [letter] = await parked(world, "parcels", 1);
  // Somebody repairs the message, and sends it; then so does somebody else, and a message of its own comes.
  const replayOf = letter?.properties["originId"] ?? "";
  const repaired = { topic: "parcels", key: "k", payload: '{"id":"c"}', properties: { replayOf } };
  const flow = await system.client.newWorkflow(Shipping, { id: "c" }).dispatch.collect(2);
  await world.publish(repaired, repaired, { topic: "parcels", key: "k", payload: '{"id":"c","other":1}' });
  expect(await system.until(flow.result())).toEqual([{ id: "c" }, { id: "c", other: 1 }]);
});

test.each([
  ["workflow-engine:Shipping"],
  ["workflow-tags:Shipping"],
  ["task-executor:Desk"],
  ["delayed"],
  ["orders"],
  ["parcels"],
])("of %s: poison is put aside with its reason, goes there again, and its key goes on", async (topic) => {
  const world = await startSystem();
  await world.publish({ topic, key: "k", payload: "<poison/>" });
  const [letter] = await parked(world, topic, 1);
  expect(letter).toMatchObject({ payload: "<poison/>", key: "k" });
  expect(letter?.properties).toMatchObject({ code: "MESSAGE_UNDECODABLE", originTopic: topic });
  expect(letter?.properties["reason"]).toMatch(/^expected .+/);
  expect(await world.replay(topic)).toBe(1);
  await parked(world, topic, 1);
  const flow = await world.system.client.newWorkflow(Shipping, { id: "k" }).dispatch.run({ id: "k" });
  expect(await world.system.until(flow.result())).toBe("k shipped");
  await world.publish({ topic: "orders", key: "k", payload: '{"id":"next"}' });
  const next = world.system.client.getWorkflowById(Shipping, "next");
  expect(await world.system.until(next.result())).toBe("next shipped");
});
