import { describe, expect, it } from "vitest";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { InvokeOutcome } from "../../lib/ports/function-invoker.ts";
import { ENGINE, emit, startWorld, TASKS, type World } from "./world.ts";

const DIED: InvokeOutcome = { kind: "died", errorType: "Runtime.ExitError", message: "out of memory" };

describe("partial failures", () => {
  it("acknowledges a key's prefix and retries from its first failure, in place", async () => {
    const world = await startWorld();
    await world.deliver("a1", "a2", "a3", "b1");
    world.invoker.first.answer({
      emits: [emit("a1", "of a1"), emit("a3", "of a3"), emit("b1", "of b1")],
      batchItemFailures: [{ itemIdentifier: "a2", reason: "lost a race" }],
    });
    await world.deliver("a4", "b2");
    expect(world.engine.acknowledged.toSorted()).toEqual(["a1", "b1"]);
    expect(world.payloads).toEqual(["of a1", "of b1"]);
    expect(world.invoker.openIds).toEqual([["b2"]]);
    await world.clock.advance(99);
    expect(world.invoker.openIds).toEqual([["b2"]]);
    await world.clock.advance(1);
    expect(world.invoker.openIds).toEqual([["b2"], ["a2", "a3", "a4"]]);
    expect(world.healthIssues.at(-1)).toMatchObject({ message: "lost a race", attempts: 1 });
  });

  it("waits longer after each failure of the same head, and begins anew with the next", async () => {
    const world = await startWorld();
    await world.deliver("a1", "a2");
    for (const delayMs of [100, 200, 400]) {
      world.invoker.first.answer({ batchItemFailures: [{ itemIdentifier: "a1" }] });
      await world.clock.advance(delayMs - 1);
      expect(world.invoker.openIds).toEqual([]);
      await world.clock.advance(1);
      expect(world.invoker.openIds).toEqual([["a1", "a2"]]);
    }
    world.invoker.first.answer({ batchItemFailures: [{ itemIdentifier: "a2" }] });
    await world.clock.advance(100);
    expect(world.invoker.openIds).toEqual([["a2"]]);
  });

  it("retries a key whose emit no broker takes", async () => {
    const world = await startWorld();
    world.broker.onPublish = async ({ payload }) => {
      if (payload === "huge") throw new InfiniticError("MESSAGE_TOO_LARGE", "expected less");
    };
    await world.deliver("a1");
    world.invoker.first.answer({ emits: [emit("a1", "fine"), emit("a1", "huge")] });
    await world.clock.advance(100);
    expect(world.engine.acknowledged).toEqual([]);
    expect(world.invoker.openIds).toEqual([["a1"]]);
  });
});

describe("parking", () => {
  it("publishes the message to its dead-letter topic, then acknowledges it", async () => {
    const world = await startWorld();
    world.engine.deliver({ id: "a1", key: "a", payload: "garbage", properties: { traceparent: "t" } });
    await world.settle();
    world.invoker.first.answer({
      parked: [{ id: "a1", code: "MESSAGE_UNDECODABLE", reason: "expected JSON" }],
    });
    await world.settle();
    expect(world.broker.published).toEqual([
      {
        topic: `dlq:${ENGINE}`,
        key: "a",
        payload: "garbage",
        properties: {
          traceparent: "t",
          code: "MESSAGE_UNDECODABLE",
          reason: "expected JSON",
          attempts: "1",
          originTopic: ENGINE,
          originId: "a1",
          originKey: "a",
        },
      },
    ]);
    expect(world.broker.subscriptions).toEqual([
      { topic: `dlq:${ENGINE}`, subscription: "infinitic", type: "shared" },
    ]);
    expect(world.engine.acknowledged).toEqual(["a1"]);
  });

  it("does not acknowledge before the parked message has its receipt", async () => {
    const world = await startWorld();
    world.broker.onPublish = () => new Promise(() => undefined);
    await world.deliver("a1", "a2");
    world.invoker.first.answer({ parked: [{ id: "a1", code: "MESSAGE_UNDECODABLE", reason: "x" }] });
    await world.clock.advance(60_000);
    expect(world.engine.acknowledged).toEqual([]);
    expect(world.invoker.openIds).toEqual([]);
  });
});

describe("deaths", () => {
  it.each<[string, (world: World) => void]>([
    ["died", (world) => world.invoker.first.end(DIED)],
    ["timed out", (world) => world.invoker.first.end({ kind: "timed-out" })],
    ["answered nonsense", (world) => world.invoker.first.end({ kind: "answered", payload: "<html>" })],
    [
      "answered for a record it was not sent",
      (world) => world.invoker.first.answer({ emits: [emit("z", "")] }),
    ],
  ])("retries the messages of an invocation that %s one by one, each key in order", async (_, end) => {
    const world = await startWorld();
    await world.deliver("a1", "a2", "b1");
    end(world);
    await world.settle();
    expect(world.invoker.openIds).toEqual([["a1"], ["b1"]]);
    world.invoker.first.answer();
    await world.deliver("a3");
    expect(world.invoker.openIds).toEqual([["b1"], ["a2"]]);
    for (const invocation of [...world.invoker.open]) invocation.answer();
    await world.deliver("a4");
    expect(world.invoker.openIds).toEqual([["a3", "a4"]]);
    expect(world.engine.acknowledged.toSorted()).toEqual(["a1", "a2", "b1"]);
  });

  it("shares no invocation between such a message and others, and lets others go on in batches", async () => {
    const world = await startWorld({ engine: { maxConcurrency: 1 } });
    await world.deliver("a1", "b1");
    world.invoker.first.end({ kind: "timed-out" });
    await world.settle();
    await world.deliver("c1", "d1", "e1");
    const batches: (readonly string[])[] = [];
    while (world.invoker.open.length > 0) {
      batches.push(...world.invoker.openIds);
      world.invoker.first.answer();
      await world.settle();
    }
    expect(batches).toEqual([["a1"], ["c1", "d1", "e1"], ["b1"]]);
  });

  async function kill(world: World, id: string, times: number): Promise<void> {
    for (let death = 0; death < times; death += 1) {
      const invocation = world.invoker.open.find(({ ids }) => ids[0] === id && ids.length === 1);
      expect(invocation?.request).not.toHaveProperty("run");
      invocation?.end(DIED);
      await world.clock.advance(100 * 2 ** death);
    }
  }

  it("has a message that killed three invocations alone committed without its workflow's code", async () => {
    const world = await startWorld();
    await world.deliver("a1", "b1");
    world.invoker.first.end(DIED);
    await world.settle();
    world.invoker.open.find(({ ids }) => ids[0] === "b1")?.answer();
    await kill(world, "a1", 3);
    await world.deliver("a2", "b2");
    expect(world.engine.acknowledged).toEqual(["b1"]);
    const [poisoned, neighbour] = world.invoker.open;
    expect(poisoned?.request).toMatchObject({ run: false, records: [{ id: "a1" }] });
    expect(neighbour?.ids).toEqual(["b2"]);
    expect(neighbour?.request).not.toHaveProperty("run");
    poisoned?.answer();
    await world.settle();
    expect(world.invoker.open.find(({ ids }) => ids[0] === "a2")?.request).not.toHaveProperty("run");
  });

  it("tells a service function that its message killed three invocations", async () => {
    const world = await startWorld();
    await world.deliverTask({ id: "t1" });
    await kill(world, "t1", 3);
    expect(world.invoker.first.request).toMatchObject({ died: true, records: [{ id: "t1" }] });
    expect(world.invoker.first.request).not.toHaveProperty("run");
  });

  it("keeps trying, loudly and ever more slowly, when that dies too", async () => {
    const world = await startWorld();
    await world.deliverTask({ id: "t1" });
    for (let death = 0; death < 20; death += 1) {
      world.invoker.first.end(DIED);
      await world.clock.advance(30_000);
    }
    expect(world.invoker.openIds).toEqual([["t1"]]);
    expect(world.healthIssues.at(-1)).toMatchObject({ subject: `message:${TASKS}:t1`, attempts: 20 });
    expect(world.broker.published).toEqual([]);
  });
});

describe("requests too large for the platform", () => {
  it("splits them, then leaves out hints, then parks the message", async () => {
    const world = await startWorld();
    await world.deliver("a0");
    world.invoker.first.answer({ keys: { a: { hint: { v: "1", state: "AAAA" } } } });
    await world.deliver("a1", "a2");
    expect(world.invoker.first.request.keys).toHaveProperty("a");
    world.invoker.first.end({ kind: "too-large" });
    await world.settle();
    expect(world.invoker.openIds).toEqual([["a1"]]);
    expect(world.invoker.first.request.keys).toHaveProperty("a");
    world.invoker.first.end({ kind: "too-large" });
    await world.settle();
    expect(world.invoker.openIds).toEqual([["a1"]]);
    expect(world.invoker.first.request).not.toHaveProperty("keys");
    world.invoker.first.end({ kind: "too-large" });
    await world.settle();
    expect(world.broker.published).toMatchObject([
      { topic: `dlq:${ENGINE}`, properties: { code: "MESSAGE_TOO_LARGE" } },
    ]);
    expect(world.engine.acknowledged).toEqual(["a0", "a1"]);
    expect(world.invoker.openIds).toEqual([["a2"]]);
  });
});
