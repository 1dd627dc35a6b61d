import { describe, expect, it } from "vitest";
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
