import { describe, expect, it } from "vitest";
import { Bridge } from "../../lib/bridge/bridge.ts";
import { Concurrency } from "../../lib/bridge/dispatch/concurrency.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import { byHand, emit, startWorld, World } from "./world.ts";

const ids = (key: string, count: number) => Array.from({ length: count }, (_, index) => `${key}${index}`);
const tasks = (count: number) => ids("t", count).map((id) => ({ id }));

describe("throttling", () => {
  it("is no attempt: it halves the concurrency, waits, and finds its height again", async () => {
    const world = await startWorld({ tasks: { batchSize: 1, maxConcurrency: 8 } });
    await world.deliverTask(...tasks(40));
    expect(world.invoker.open).toHaveLength(8);
    for (const invocation of [...world.invoker.open]) invocation.end({ kind: "throttled" });
    await world.settle();
    expect(world.invoker.open).toHaveLength(0);
    await world.clock.advance(100);
    expect(world.invoker.open).toHaveLength(4);
    for (let round = 0; round < 4; round += 1) {
      for (const invocation of [...world.invoker.open]) invocation.answer();
      await world.settle();
    }
    expect(world.invoker.open.length).toBeGreaterThan(6);
    expect(world.healthIssues).toEqual([]);
    expect(world.bridge.isReady).toBe(true);
  });

  it("keeps a key's order", async () => {
    const world = await startWorld({ engine: { batchSize: 1 } });
    await world.deliver("a1", "a2");
    world.invoker.first.end({ kind: "throttled" });
    await world.deliver("a3");
    await world.clock.advance(100);
    expect(world.invoker.openIds).toEqual([["a1"]]);
  });

  it("of two functions lowers the limit on all", async () => {
    const world = await startWorld({ maxConcurrency: 4, tasks: { batchSize: 1 }, engine: { batchSize: 1 } });
    await world.deliverTask(...tasks(3));
    await world.deliver("a1");
    expect(world.invoker.open).toHaveLength(4);
    for (const invocation of [...world.invoker.open]) invocation.end({ kind: "throttled" });
    await world.clock.advance(100);
    expect(world.invoker.open).toHaveLength(1);
  });
});

describe("Concurrency", () => {
  it("counts the refusals of one burst once and never goes below one", () => {
    const concurrency = new Concurrency(16);
    const burst = Array.from({ length: 16 }, () => concurrency.enter());
    for (const slot of burst) concurrency.leave(slot, "refused");
    expect(concurrency.limit).toBe(8);
    for (let round = 0; round < 10; round += 1) concurrency.leave(concurrency.enter(), "refused");
    expect(concurrency.limit).toBe(1);
    expect(concurrency.isOpen).toBe(true);
  });
});

describe("a function out of reach", () => {
  it.each(["unavailable", "misconfigured"] as const)(
    "that is %s is tried for ever, loudly, one at a time",
    async (kind) => {
      const world = await startWorld({ tasks: { batchSize: 1 } });
      await world.deliverTask(...tasks(3));
      for (const invocation of [...world.invoker.open]) invocation.end({ kind, message: "no such function" });
      await world.clock.advance(100);
      for (let attempt = 2; attempt < 20; attempt += 1) {
        expect(world.invoker.open).toHaveLength(1);
        world.invoker.first.end({ kind, message: "no such function" });
        await world.clock.advance(30_000);
      }
      expect(world.bridge.isReady).toBe(false);
      expect(world.bridge.healthIssues).toMatchObject([{ subject: "function:flights" }]);
      expect(world.broker.published).toEqual([]);
      world.invoker.first.answer();
      await world.settle();
      expect(world.bridge.isReady).toBe(true);
      expect(world.invoker.open).toHaveLength(2);
    },
  );
});

describe("back-pressure", () => {
  it("stops receiving a topic at the mark, and goes on below it", async () => {
    const world = await startWorld({ engine: { maxHeld: 3 } });
    await world.deliver(...ids("a", 6));
    expect(world.bridge.gauges.held).toMatchObject({ "workflow-engine:Booking": 3 });
    expect(world.engine.backlog).toBe(3);
    expect(world.invoker.openIds).toEqual([["a0", "a1", "a2"]]);
    world.invoker.first.answer();
    await world.settle();
    expect(world.invoker.openIds).toEqual([["a3", "a4", "a5"]]);
    expect(world.engine.backlog).toBe(0);
  });

  it("counts bytes, too", async () => {
    const world = await startWorld({ engine: { maxHeldBytes: 100 } });
    for (const id of ids("a", 3)) world.engine.deliver({ id, key: "a", payload: "x".repeat(60) });
    await world.settle();
    expect(world.engine.backlog).toBe(1);
  });
});

describe("a lost connection", () => {
  it("drops what is queued, publishes what is in flight, and does not run again what it finished", async () => {
    const world = await startWorld();
    await world.deliver("a1");
    await world.deliver("a2", "b1");
    world.engine.loseConnection();
    await world.deliver("a1", "a2", "a3");
    world.invoker.first.answer({ emits: [emit("a1", "of a1")] });
    await world.settle();
    expect(world.payloads).toEqual(["of a1"]);
    expect(world.engine.acknowledged).toEqual(["a1"]);
    expect(world.invoker.openIds).toEqual([["b1"], ["a2", "a3"]]);
  });

  it("acknowledges a finished message that comes again later", async () => {
    const world = await startWorld();
    await world.deliver("a1");
    world.engine.loseConnection();
    world.invoker.first.answer();
    await world.deliver("a1", "a2");
    expect(world.engine.acknowledged).toEqual(["a1"]);
    expect(world.invoker.openIds).toEqual([["a2"]]);
  });

  it("makes room", async () => {
    const world = await startWorld({ engine: { maxHeld: 2, maxConcurrency: 1 } });
    await world.deliver("a1");
    await world.deliver("b1");
    world.engine.loseConnection();
    await world.deliver("b1", "c1");
    world.invoker.first.answer();
    await world.settle();
    world.invoker.first.answer();
    await world.settle();
    expect(world.engine.acknowledged).toContain("b1");
  });
});

describe("closing", () => {
  it("finishes what is in flight, hands over the rest, and closes its consumers", async () => {
    const world = new World();
    await world.bridge.start();
    const receipt = byHand();
    world.broker.onPublish = () => receipt.promise;
    await world.deliver("a1");
    await world.deliver("a2");
    let isClosed = false;
    const closing = world.bridge.close().then(() => {
      isClosed = true;
    });
    await world.deliver("b1");
    world.invoker.first.answer({ emits: [emit("a1", "x")] });
    await world.settle();
    expect([isClosed, world.engine.isClosed]).toEqual([false, false]);
    receipt.resolve();
    await closing;
    expect(world.engine.acknowledged).toEqual(["a1"]);
    expect(world.invoker.count).toBe(1);
    expect([...world.broker.consumers.values()].every((consumer) => consumer.isClosed)).toBe(true);
    expect(world.bridge.isReady).toBe(false);
    expect(world.clock.nextDueAt).toBeUndefined();
  });

  it("waits no longer than its deadline", async () => {
    const world = new World({ drainMs: 5_000 });
    await world.bridge.start();
    await world.deliver("a1");
    const closing = world.bridge.close();
    await world.clock.advance(5_000);
    await closing;
    expect(world.engine.isClosed).toBe(true);
    expect(world.engine.acknowledged).toEqual([]);
  });
});

describe("options", () => {
  const route = { topic: "t", type: "shared", functionName: "f", timeoutMs: 1 } as const;
  it.each<[string, unknown]>([
    ["an unknown key", { routes: [{ ...route, concurrency: 3 }] }],
    ["an unknown type", { routes: [{ ...route, type: "exclusive" }] }],
    ["a batch of none", { routes: [{ ...route, batchSize: 0 }] }],
    ["two routes of one topic", { routes: [route, route] }],
    ["no routes at all", {}],
  ])("refuse %s", (_, options) => {
    const world = new World();
    // What a JavaScript caller or a file could hand over.
    const wrong = options as ConstructorParameters<typeof Bridge>[0]["options"];
    expect(() => new Bridge({ ...world, options: wrong })).toThrow(
      expect.objectContaining({ name: "InvalidOptionError", constructor: InfiniticError }),
    );
  });
});
