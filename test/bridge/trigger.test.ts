import { describe, expect, onTestFinished, test } from "vitest";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { Bridge } from "../../lib/bridge/bridge.ts";
import type { BridgeOptions } from "../../lib/bridge/options.ts";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { IncomingMessage } from "../../lib/ports/broker.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { FakeBroker } from "./fake-broker.ts";
import { HandInvoker } from "./hand-invoker.ts";

interface Order {
  readonly order: { readonly id: string | number; readonly items: number };
}
interface Shipping {
  run(order: Order): Promise<readonly number[]>;
  readonly parcels: Channel<Order>;
}
const Shipping = defineWorkflow<Shipping>("Shipping");

type Triggers = NonNullable<BridgeOptions["triggers"]>;
const START = {
  kind: "start",
  topic: "orders",
  subscription: "first",
  id: "order.id",
  workflow: "Shipping",
} as const;
const SIGNAL = { ...START, kind: "signal", topic: "parcels", channel: "parcels" } as const;

const order = (id: string | number, items = 1): string => JSON.stringify({ order: { id, items } });

/** The whole system, and a bridge more that carries business topics. */
async function startSystem(triggers: Triggers) {
  const runs: string[] = [];
  class ShippingV1 extends Workflow implements Shipping {
    readonly parcels = channel<Order>();
    async run({ order }: Order): Promise<readonly number[]> {
      await inline(() => void runs.push(String(order.id)));
      const counts: number[] = [];
      while (counts.length < order.items) counts.push((await this.parcels.receive()).order.items);
      return counts;
    }
  }
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  const system = await new TestSystem({
    workflows: [workflowOf(Shipping, ShippingV1)],
    parts: { broker, clock },
  }).start();
  const bridge = new Bridge({ ...system.parts, ...system, options: { routes: [], triggers } });
  await bridge.start();
  onTestFinished(async () => {
    await system.until(bridge.close());
    await system.close();
  });
  const parked = await broker.subscribe({
    topic: "dlq:orders",
    subscription: "infinitic",
    type: "shared",
    prefetch: 100,
  });
  return { system, broker, bridge, runs, parked };
}

/** A bridge with one trigger, between a topic and a broker that are driven by hand. */
async function startByHand(trigger: Partial<Triggers[number]> = {}) {
  const clock = new ManualClock();
  const broker = new FakeBroker();
  const options = { routes: [], triggers: [{ ...START, ...trigger } as Triggers[number]] };
  const bridge = new Bridge({ broker, clock, invoker: new HandInvoker(), options, random: () => 1 });
  await bridge.start();
  onTestFinished(async () => {
    const closed = bridge.close();
    await clock.advance(200_000);
    await closed;
  });
  const topic = broker.consumer("orders");
  const deliver = async (...messages: readonly (Partial<IncomingMessage> & { id: string })[]) => {
    for (const message of messages) topic.deliver(message);
    await clock.advance(0);
  };
  const ids = (): readonly string[] =>
    broker.published
      .filter(({ topic }) => !topic.startsWith("dlq:"))
      .map(({ payload }) => JSON.parse(payload).workflowId);
  return { broker, bridge, clock, topic, deliver, ids };
}

describe("a business topic that starts workflows", () => {
  test("starts one instance a message, though each is carried twice", async () => {
    const { system, broker, runs } = await startSystem([START, { ...START, subscription: "again" }]);
    const ids = Array.from({ length: 50 }, (_, nth) => `order-${nth}`);
    for (const id of ids) await broker.publish({ topic: "orders", key: id, payload: order(id, 0) });
    for (const id of ids)
      expect(await system.until(system.client.getWorkflowById(Shipping, id).result())).toEqual([]);
    expect(runs.toSorted()).toEqual(ids.toSorted());
  });

  test("takes a whole number for the id too, and the workflow gets the message's JSON", async () => {
    const { system, broker, bridge } = await startSystem([START, SIGNAL]);
    await broker.publish({ topic: "orders", key: "a", payload: order(42, 2) });
    await broker.publish({ topic: "parcels", key: "a", payload: order(42, 7) });
    await broker.publish({ topic: "parcels", key: "a", payload: order(42, 8) });
    expect(await system.until(system.client.getWorkflowById(Shipping, "42").result())).toEqual([7, 8]);
    expect(bridge.isIdle).toBe(true);
  });

  test("EDG-89 takes a message whose JSON begins with a byte order mark", async () => {
    const { system, broker } = await startSystem([START, SIGNAL]);
    await broker.publish({ topic: "orders", key: "a", payload: `\uFEFF${order("a")}` });
    await broker.publish({ topic: "parcels", key: "a", payload: `\uFEFF${order("a", 7)}` });
    expect(await system.until(system.client.getWorkflowById(Shipping, "a").result())).toEqual([7]);
  });

  test("signals an instance once a message, in order, though each is carried twice", async () => {
    const { system, broker } = await startSystem([START, SIGNAL, { ...SIGNAL, subscription: "again" }]);
    const EACH = 20;
    for (const id of ["a", "b", "c"])
      await broker.publish({ topic: "orders", key: id, payload: order(id, EACH) });
    const counts = Array.from({ length: EACH }, (_, nth) => nth);
    for (const nth of counts)
      for (const id of ["a", "b", "c"])
        await broker.publish({ topic: "parcels", key: id, payload: order(id, nth) });
    for (const id of ["a", "b", "c"])
      expect(await system.until(system.client.getWorkflowById(Shipping, id).result())).toEqual(counts);
  });

  test.each([
    ["no JSON", "<order/>", "expected JSON, got <order/>"],
    [
      "no id",
      '{"order":{}}',
      "expected a workflow id at order.id, 1 to 128 of A-Z a-z 0-9 . _ ~ @ -, got nothing",
    ],
    ["an id that is none", '{"order":{"id":"a b"}}', 'got "a b"'],
    ["an id in a property of every object", '{"order":[]}', "got nothing"],
  ])("puts a message with %s aside, with the reason, and goes on", async (_what, payload, reason) => {
    const { system, broker, parked } = await startSystem([START]);
    await broker.publish({ topic: "orders", key: "k", payload });
    await broker.publish({ topic: "orders", key: "k", payload: order("next", 0) });
    expect(await system.until(system.client.getWorkflowById(Shipping, "next").result())).toEqual([]);
    const letter = await parked.receive();
    expect(letter).toMatchObject({ key: "k", payload });
    expect(letter?.properties).toMatchObject({ code: "MESSAGE_UNDECODABLE", originTopic: "orders" });
    expect(letter?.properties["reason"]).toContain(reason);
  });
});

describe("a trigger", () => {
  test("makes the same message of one that is delivered again, also at another time", async () => {
    const { broker, clock, topic, deliver } = await startByHand();
    const message = { id: "7:1", key: "k", payload: order("a"), publishedAt: 1_000 };
    await deliver(message);
    await clock.advance(5_000);
    await deliver(message);
    const [first, second] = broker.published;
    expect(second).toEqual(first);
    expect(first).toMatchObject({ topic: "workflow-engine:Shipping", key: "a" });
    expect(JSON.parse(first?.payload ?? "")).toMatchObject({
      kind: "start",
      at: 1_000,
      method: "run",
      args: [JSON.parse(order("a"))],
    });
    expect(topic.acknowledged).toEqual(["7:1", "7:1"]);
  });

  test("tells positions of different topics apart", async () => {
    const first = await startByHand();
    await first.deliver({ id: "7:1", key: "k", payload: order("a") });
    const second = await startByHand();
    await second.deliver({ id: "7:1", topic: "returns", key: "k", payload: order("a") });
    const [one, other] = [first, second].map(
      ({ broker }) => JSON.parse(broker.published[0]?.payload ?? "").id,
    );
    expect(one).not.toBe(other);
  });

  test("acknowledges after the receipt, and nothing of a key overtakes what has none", async () => {
    const { broker, topic, deliver, clock, ids } = await startByHand();
    let refusals = 3;
    broker.onPublish = async ({ key }) => {
      if (key === "a" && refusals-- > 0) throw new Error("no receipt");
    };
    await deliver(
      { id: "1", key: "k", payload: order("a") },
      { id: "2", key: "k", payload: order("b") },
      { id: "3", key: "other", payload: order("c") },
    );
    expect(ids()).toEqual(["c"]);
    expect(topic.acknowledged).toEqual(["3"]);
    while (clock.nextDueAt !== undefined && topic.acknowledged.length < 3)
      await clock.advance(Math.max(1, clock.nextDueAt - clock.now()));
    expect(ids()).toEqual(["c", "a", "b"]);
    expect(topic.acknowledged).toEqual(["3", "1", "2"]);
  });

  test("EDG-10 waits for the receipt of what it parks, whatever comes meanwhile", async () => {
    const { broker, deliver, topic, ids } = await startByHand();
    const receipt = Promise.withResolvers<void>();
    broker.onPublish = async ({ topic: to }) => (to === "dlq:orders" ? receipt.promise : undefined);
    await deliver({ id: "1", key: "k", payload: "no order" });
    await deliver({ id: "2", key: "k", payload: order("b") });
    topic.loseConnection();
    const again = [
      { id: "1", key: "k", payload: "no order" },
      { id: "2", key: "k", payload: order("b") },
      { id: "3", key: "k", payload: order("c") },
    ];
    await deliver(...again);
    expect(broker.published).toEqual([]);
    receipt.resolve();
    await deliver();
    expect(topic.acknowledged).toEqual(["1", "2", "3"]);
    expect(broker.published.filter(({ topic }) => topic === "dlq:orders")).toHaveLength(1);
    expect(ids()).toEqual(["b", "c"]);
  });

  test("carries and holds no more at once than it is told", async () => {
    const { broker, deliver, bridge } = await startByHand({ maxConcurrency: 2, maxHeld: 4 });
    const receipts: (() => void)[] = [];
    broker.onPublish = () => new Promise((resolve) => receipts.push(resolve));
    await deliver(
      ...[1, 2, 3, 4, 5, 6].map((nth) => ({ id: `${nth}`, key: `k${nth}`, payload: order(nth) })),
    );
    expect(receipts).toHaveLength(2);
    expect(bridge.gauges.held).toMatchObject({ orders: 4 });
    while (receipts.length > 0) {
      receipts.shift()?.();
      await deliver();
    }
    expect(broker.published).toHaveLength(6);
  });

  test("escapes a message that looks like the system's own reference to a payload", async () => {
    const { broker, deliver } = await startByHand({ id: "~payload.key" });
    const payload = JSON.stringify({ "~payload": { key: "a", bytes: 1 } });
    await deliver({ id: "1", payload });
    expect(JSON.parse(broker.published[0]?.payload ?? "").args).toEqual([
      { "~~payload": { key: "a", bytes: 1 } },
    ]);
  });

  test("puts aside what is too large for a message to carry", async () => {
    const { broker, deliver, topic } = await startByHand();
    await deliver({ id: "1", payload: JSON.stringify({ order: { id: "a" }, text: "x".repeat(300_000) }) });
    expect(broker.published).toMatchObject([
      { topic: "dlq:orders", properties: { code: "MESSAGE_TOO_LARGE", originId: "1" } },
    ]);
    expect(topic.acknowledged).toEqual(["1"]);
  });

  test("needs a subscription of its own", async () => {
    await expect(startSystem([START, START])).rejects.toThrow(
      "expected a subscription of its own for each trigger of a topic",
    );
  });
});
