import { describe, expect, it, test } from "vitest";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { OutgoingMessage } from "../../lib/ports/broker.ts";
import { byHand, ENGINE, emit, startWorld } from "./world.ts";

describe("emits for later", () => {
  it("go through the delayed topic, without a key, with their destination beside them", async () => {
    const world = await startWorld();
    const deliverAt = world.clock.now() + 60_000;
    await world.deliver("a1");
    world.invoker.first.answer({ emits: [emit("a1", "wake", { key: "a", deliverAt })] });
    await world.settle();
    expect(world.broker.published).toEqual([
      {
        topic: "delayed",
        payload: "wake",
        deliverAt,
        properties: { topic: ENGINE, key: "a", deliverAt: String(deliverAt) },
      },
    ]);
  });

  it("go straight to their destination when they are due already", async () => {
    const world = await startWorld();
    await world.deliver("a1");
    world.invoker.first.answer({
      emits: [emit("a1", "wake", { key: "a", deliverAt: world.clock.now() })],
    });
    await world.settle();
    expect(world.broker.published).toEqual([{ topic: ENGINE, key: "a", payload: "wake" }]);
  });
});

describe("the delayed topic", () => {
  const properties = (deliverAt: number) => ({ topic: ENGINE, key: "a", deliverAt: String(deliverAt) });

  it("forwards what is due and acknowledges it after the receipt", async () => {
    const world = await startWorld();
    const receipt = byHand();
    world.broker.onPublish = () => receipt.promise;
    world.delayed.deliver({ id: "d1", payload: "wake", properties: properties(world.clock.now()) });
    await world.settle();
    expect(world.delayed.acknowledged).toEqual([]);
    receipt.resolve();
    await world.settle();
    expect(world.broker.published).toEqual([{ topic: ENGINE, key: "a", payload: "wake" }]);
    expect(world.delayed.acknowledged).toEqual(["d1"]);
  });

  it("holds what comes a little early", async () => {
    const world = await startWorld();
    world.delayed.deliver({ id: "d1", payload: "wake", properties: properties(world.clock.now() + 900) });
    await world.clock.advance(899);
    expect(world.payloads).toEqual([]);
    await world.clock.advance(1);
    expect(world.broker.published).toMatchObject([{ topic: ENGINE }]);
  });

  it("sends back what comes much too early", async () => {
    const world = await startWorld();
    const deliverAt = world.clock.now() + 60_000;
    world.delayed.deliver({ id: "d1", payload: "wake", properties: properties(deliverAt) });
    await world.settle();
    expect(world.broker.published).toEqual([
      { topic: "delayed", payload: "wake", deliverAt, properties: properties(deliverAt) },
    ]);
    expect(world.delayed.acknowledged).toEqual(["d1"]);
  });

  it("parks what has no destination", async () => {
    const world = await startWorld();
    world.delayed.deliver({ id: "d1", payload: "?", properties: {} });
    await world.settle();
    expect(world.broker.published).toMatchObject([
      { topic: "dlq:delayed", payload: "?", properties: { code: "MESSAGE_UNDECODABLE", originId: "d1" } },
    ]);
    expect(world.delayed.acknowledged).toEqual(["d1"]);
  });
});

describe("EDG-12 a delayed message that the broker finds too large", () => {
  const refusing = (refused: (message: OutgoingMessage) => boolean) => async (message: OutgoingMessage) => {
    if (refused(message)) throw new InfiniticError("MESSAGE_TOO_LARGE", "expected less");
  };
  const to = (deliverAt: number) => ({ topic: ENGINE, key: "a", deliverAt: String(deliverAt) });

  test.each([
    ["where it goes", 0, ENGINE],
    ["when it comes too early and is sent back", 60_000, "delayed"],
    ["where it goes, once it was held until then", 1_000, ENGINE],
  ])("%s is parked with the reason, told, and acknowledged; others go on", async (_where, earlyMs, topic) => {
    const world = await startWorld();
    world.broker.onPublish = refusing((message) => message.topic === topic && message.payload === "huge");
    const properties = to(world.clock.now() + earlyMs);
    world.delayed.deliver({ id: "d1", payload: "huge", properties });
    world.delayed.deliver({ id: "d2", payload: "wake", properties });
    await world.clock.advance(earlyMs);
    const letters = world.broker.published.filter((message) => message.topic === "dlq:delayed");
    expect(letters).toMatchObject([
      {
        payload: "huge",
        properties: { ...properties, code: "MESSAGE_TOO_LARGE", reason: "expected less", originId: "d1" },
      },
    ]);
    expect(world.delayed.acknowledged.toSorted()).toEqual(["d1", "d2"]);
    expect(world.healthIssues).toMatchObject([{ subject: "message:delayed:d1", attempts: 1 }]);
    expect(world.bridge.isIdle).toBe(true);
  });

  it("among the dead letters, too, is parked as a reference", async () => {
    const world = await startWorld();
    world.broker.onPublish = refusing(({ payload }) => payload === "huge");
    world.delayed.deliver({ id: "d1", payload: "huge", properties: to(0) });
    await world.settle();
    expect(world.broker.published).toMatchObject([
      { topic: "dlq:delayed", properties: { originId: "d1", leftOutBytes: "4" } },
    ]);
    expect(world.delayed.acknowledged).toEqual(["d1"]);
  });

  it("whatever is done is tried again, loudly, and left to the next bridge when this one closes", async () => {
    const world = await startWorld();
    world.broker.onPublish = refusing(() => true);
    world.delayed.deliver({ id: "d1", payload: "huge", properties: to(0) });
    await world.settle();
    await world.clock.advance(100);
    expect(world.healthIssues).toMatchObject([
      { subject: "message:delayed:d1", attempts: 1 },
      { subject: "message:delayed:d1", attempts: 2 },
    ]);
    await world.bridge.close();
    expect(world.delayed.acknowledged).toEqual([]);
  });

  it("waits where there is no broker, loudly, and is forwarded when there is", async () => {
    const world = await startWorld();
    let refusals = 2;
    world.broker.onPublish = async () => {
      if (refusals-- > 0) throw new InfiniticError("BROKER_UNAVAILABLE", "expected a receipt, got none");
    };
    world.delayed.deliver({ id: "d1", payload: "wake", properties: to(0) });
    await world.settle();
    expect(world.bridge.healthIssues).toMatchObject([{ subject: `topic:${ENGINE}` }]);
    await world.clock.advance(300);
    expect(world.broker.published).toMatchObject([{ topic: ENGINE, payload: "wake" }]);
    expect(world.delayed.acknowledged).toEqual(["d1"]);
  });
});

test.each([
  ["no topic", { deliverAt: "0" }],
  ["an empty topic", { topic: "", deliverAt: "0" }],
  ["no instant", { topic: ENGINE }],
  ["an empty instant", { topic: ENGINE, deliverAt: "" }],
  ["an instant that is none", { topic: ENGINE, deliverAt: "soon" }],
  ["an instant that never comes", { topic: ENGINE, deliverAt: "Infinity" }],
])("EDG-12 a delayed message with %s is parked with the reason", async (_what, properties) => {
  const world = await startWorld();
  world.delayed.deliver({ id: "d1", payload: "wake", properties });
  await world.settle();
  expect(world.broker.published).toMatchObject([
    { topic: "dlq:delayed", properties: { ...properties, code: "MESSAGE_UNDECODABLE" } },
  ]);
  expect(world.delayed.acknowledged).toEqual(["d1"]);
});
