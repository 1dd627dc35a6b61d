import { describe, expect, it } from "vitest";
import { byHand, emit, startWorld } from "./world.ts";

describe("order within a key (I6)", () => {
  it("sends what arrived together in one invocation, each key's messages as a run", async () => {
    const world = await startWorld();
    await world.deliver("a1", "b1", "a2");
    expect(world.invoker.openIds).toEqual([["a1", "a2", "b1"]]);
    expect(world.invoker.first.functionName).toBe("booking");
    expect(world.invoker.first.request.records[0]).toEqual({ id: "a1", key: "a", payload: "{}" });
  });

  it("keeps one invocation of a key in flight and runs other keys meanwhile", async () => {
    const world = await startWorld();
    await world.deliver("a1");
    await world.deliver("a2", "b1");
    expect(world.invoker.openIds).toEqual([["a1"], ["b1"]]);
    world.invoker.first.answer();
    await world.settle();
    expect(world.invoker.openIds).toEqual([["b1"], ["a2"]]);
    expect(world.engine.acknowledged).toEqual(["a1"]);
  });

  it("starts the next of a key only after the receipts of the last", async () => {
    const world = await startWorld();
    const receipt = byHand();
    world.broker.onPublish = () => receipt.promise;
    await world.deliver("a1");
    await world.deliver("a2");
    world.invoker.first.answer({ emits: [emit("a1", "one")] });
    await world.settle();
    expect(world.invoker.openIds).toEqual([]);
    expect(world.engine.acknowledged).toEqual([]);
    receipt.resolve();
    await world.settle();
    expect(world.invoker.openIds).toEqual([["a2"]]);
    expect(world.engine.acknowledged).toEqual(["a1"]);
  });

  it("publishes to one destination in order, each after the receipt of the one before", async () => {
    const world = await startWorld();
    const receipts = new Map([1, 2, 3].map((n) => [`to x ${n}`, byHand()]));
    world.broker.onPublish = async ({ payload }) => receipts.get(payload)?.promise;
    await world.deliver("a1");
    world.invoker.first.answer({
      emits: [
        ...[...receipts.keys()].map((payload) => emit("a1", payload, { key: "x" })),
        emit("a1", "to y", { key: "y" }),
        emit("a1", "to nobody"),
      ],
    });
    await world.settle();
    expect(world.payloads).toEqual(["to y", "to nobody"]);
    receipts.get("to x 2")?.resolve();
    receipts.get("to x 3")?.resolve();
    await world.settle();
    expect(world.payloads).toEqual(["to y", "to nobody"]);
    receipts.get("to x 1")?.resolve();
    await world.settle();
    expect(world.payloads).toEqual(["to y", "to nobody", "to x 1", "to x 2", "to x 3"]);
  });

  it("does not order messages of a shared topic, even if they have a key", async () => {
    const world = await startWorld({ tasks: { batchSize: 1 } });
    await world.deliverTask({ id: "1", key: "k" }, { id: "2", key: "k" }, { id: "3" });
    expect(world.invoker.openIds).toEqual([["1"], ["2"], ["3"]]);
  });

  it("waits `lingerMs` for more, unless a batch of keys is there", async () => {
    const world = await startWorld({ engine: { lingerMs: 20, batchSize: 2 } });
    await world.deliver("a1");
    await world.clock.advance(19);
    expect(world.invoker.openIds).toEqual([]);
    await world.deliver("a2");
    await world.clock.advance(1);
    expect(world.invoker.openIds).toEqual([["a1", "a2"]]);
    await world.deliver("b1", "c1");
    await world.clock.advance(20);
    expect(world.invoker.openIds).toEqual([
      ["a1", "a2"],
      ["b1", "c1"],
    ]);
  });

  it("goes as soon as a batch is full; what is left of it waits `lingerMs` from then", async () => {
    const world = await startWorld({ tasks: { lingerMs: 20, batchSize: 3 } });
    await world.deliverTask({ id: "1" });
    await world.clock.advance(15);
    await world.deliverTask({ id: "2" }, { id: "3" }, { id: "4" });
    expect(world.invoker.openIds).toEqual([["1", "2", "3"]]);
    await world.clock.advance(19);
    expect(world.invoker.openIds).toHaveLength(1);
    await world.clock.advance(1);
    expect(world.invoker.openIds).toEqual([["1", "2", "3"], ["4"]]);
  });

  it("splits by count and by bytes", async () => {
    const world = await startWorld({ engine: { batchSize: 3, batchBytes: 2_000 } });
    for (const id of ["a1", "a2", "a3", "b1"]) world.engine.deliver({ id, key: id.charAt(0), payload: "" });
    world.engine.deliver({ id: "c1", key: "c", payload: "x".repeat(1_500) });
    world.engine.deliver({ id: "c2", key: "c", payload: "x".repeat(1_500) });
    await world.settle();
    expect(world.invoker.openIds).toEqual([
      ["a1", "a2", "a3"],
      ["b1", "c1"],
    ]);
  });
});

describe("receipts before acknowledgement (I5)", () => {
  it("publishes again until there is a receipt, and only then acknowledges", async () => {
    const world = await startWorld();
    let failures = 3;
    world.broker.onPublish = async () => {
      failures -= 1;
      if (failures >= 0) throw new Error("no broker");
    };
    await world.deliver("a1");
    world.invoker.first.answer({ emits: [emit("a1", "one", { key: "x" })] });
    await world.clock.advance(100 + 200 + 399);
    expect(world.engine.acknowledged).toEqual([]);
    expect(world.bridge.isReady).toBe(false);
    await world.clock.advance(1);
    expect(world.payloads).toEqual(["one"]);
    expect(world.engine.acknowledged).toEqual(["a1"]);
    expect(world.bridge.isReady).toBe(true);
  });

  it("does not let one key's receipts wait for another's", async () => {
    const world = await startWorld();
    world.broker.onPublish = ({ payload }) => (payload === "stuck" ? byHand().promise : Promise.resolve());
    await world.deliver("a1", "b1");
    world.invoker.first.answer({ emits: [emit("a1", "stuck"), emit("b1", "fine")] });
    await world.settle();
    expect(world.engine.acknowledged).toEqual(["b1"]);
    world.broker.onPublish = async () => undefined;
    await world.deliver("b2");
    expect(world.invoker.openIds).toEqual([["b2"]]);
  });

  it("makes the durable subscription of a topic before it first publishes there, once, unless it consumes it", async () => {
    const world = await startWorld();
    await world.deliver("a1");
    world.invoker.first.answer({
      emits: [
        emit("a1", "0", { key: "x" }),
        emit("a1", "1", { topic: "workflow-engine:Parent", key: "x" }),
        emit("a1", "2", { topic: "workflow-engine:Parent", key: "y" }),
        emit("a1", "3", { topic: "task-executor:Hotels" }),
      ],
    });
    await world.settle();
    expect(world.broker.subscriptions).toEqual([
      { topic: "workflow-engine:Parent", subscription: "infinitic", type: "key_shared" },
      { topic: "task-executor:Hotels", subscription: "infinitic", type: "shared" },
    ]);
  });
});

describe("EDG-45 a batch that is full does not wait", () => {
  const LINGER = { lingerMs: 1_500, batchSize: 10 };
  const ten = (key: string) => Array.from({ length: 10 }, (_, nth) => `${key}${nth}`);

  it.each(["key_shared", "failover"] as const)("when its messages are of one key, %s", async (type) => {
    const world = await startWorld({ engine: { ...LINGER, type } });
    await world.deliver(...ten("a"));
    expect(world.invoker.openIds).toEqual([ten("a")]);
  });

  it("when the last of them comes later, of a key that waits already", async () => {
    const world = await startWorld({ engine: LINGER });
    await world.deliver(...ten("a").slice(0, 7), "b0", "b1");
    await world.clock.advance(1_000);
    expect(world.invoker.openIds).toEqual([]);
    await world.deliver("b2");
    expect(world.invoker.openIds).toEqual([[...ten("a").slice(0, 7), "b0", "b1", "b2"]]);
  });

  it("when it has the bytes that it may have, encoded", async () => {
    const engine = { ...LINGER, batchBytes: 2_000, handler: "stream" } as const;
    const world = await startWorld({ engine });
    const deliver = async (id: string, payload: string): Promise<void> => {
      world.engine.deliver({ id, key: "a", payload });
      await world.settle();
    };
    await deliver("a1", "x".repeat(600));
    expect(world.invoker.openIds).toEqual([]);
    await deliver("a2", "x".repeat(600));
    expect(world.invoker.openIds).toEqual([["a1"]]);
    world.invoker.first.answer();
    await world.settle();
    expect(world.invoker.openIds).toEqual([]);
    await world.clock.advance(1_500);
    expect(world.invoker.openIds).toEqual([["a2"]]);
    world.invoker.first.answer();
    await deliver("a3", "x".repeat(4_000));
    expect(world.invoker.openIds).toEqual([["a3"]]);
  });

  it("when no more messages are received, as the bridge holds all that it may", async () => {
    const world = await startWorld({ engine: { ...LINGER, maxHeld: 5 } });
    await world.deliver(...ten("a"));
    expect(world.invoker.openIds).toEqual([ten("a").slice(0, 5)]);
    world.invoker.first.answer();
    await world.settle();
    expect(world.invoker.openIds).toEqual([ten("a").slice(5)]);
  });

  it("but waits when what would make it full was lost, or is of a key that is in flight", async () => {
    const world = await startWorld({ engine: { ...LINGER, batchSize: 4 } });
    await world.deliver("a1", "a2", "a3");
    world.engine.loseConnection();
    await world.deliver("b1");
    await world.clock.advance(1_499);
    expect(world.invoker.openIds).toEqual([]);
    await world.clock.advance(1);
    expect(world.invoker.openIds).toEqual([["b1"]]);
    await world.deliver("b2", "b3");
    await world.deliver("c1", "c2");
    expect(world.invoker.openIds).toEqual([["b1"]]);
  });

  it("when nothing may be added to it, as to a message that is tried alone; others wait on for theirs", async () => {
    const world = await startWorld({ engine: { ...LINGER, batchSize: 2 } });
    await world.deliver("a1", "b1");
    world.invoker.first.end({ kind: "timed-out" });
    await world.settle();
    expect(world.invoker.openIds).toEqual([["a1"], ["b1"]]);
    await world.deliver("c1");
    await world.clock.advance(1_000);
    world.invoker.first.end({ kind: "timed-out" });
    await world.clock.advance(100);
    expect(world.invoker.openIds).toEqual([["b1"], ["a1"]]);
    await world.clock.advance(400);
    expect(world.invoker.openIds).toEqual([["b1"], ["a1"], ["c1"]]);
  });
});
