import { describe, expect, it } from "vitest";
import { Hints } from "../../lib/bridge/delivery/hints.ts";
import { emit, startWorld } from "./world.ts";

const hint = (v: string) => ({ v, state: "AAAA" });

describe("what the bridge sends along", () => {
  it("is the last hint of the key and the entries published since", async () => {
    const world = await startWorld();
    await world.deliver("a1");
    world.invoker.first.answer({
      emits: [emit("a1", "x")],
      keys: { a: { hint: hint("1"), entries: { run: "r", entries: [1, 2] } } },
    });
    await world.deliver("a2", "b1");
    expect(world.invoker.first.request.keys).toEqual({
      a: { hint: hint("1"), published: { run: "r", entries: [1, 2] } },
    });
    world.invoker.first.answer({ keys: { a: { hint: hint("2"), entries: { run: "r", entries: [3] } } } });
    await world.deliver("a3");
    expect(world.invoker.first.request.keys).toEqual({
      a: { hint: hint("2"), published: { run: "r", entries: [3] } },
    });
  });

  it("does not tell of entries before their receipts", async () => {
    const world = await startWorld();
    let fails = true;
    world.broker.onPublish = async () => {
      if (fails) throw new Error("no broker");
    };
    await world.deliver("a1");
    world.invoker.first.answer({
      emits: [emit("a1", "x")],
      keys: { a: { hint: hint("1"), entries: { run: "r", entries: [1] } } },
    });
    await world.deliver("a2");
    expect(world.invoker.openIds).toEqual([]);
    fails = false;
    await world.clock.advance(100);
    expect(world.invoker.first.request.keys?.["a"]?.published).toEqual({ run: "r", entries: [1] });
  });

  it("is nothing for a key whose reply has no hint, or that died", async () => {
    const world = await startWorld();
    await world.deliver("a1", "b1");
    world.invoker.first.answer({ keys: { a: { hint: hint("1") }, b: { hint: hint("1") } } });
    await world.deliver("a2");
    world.invoker.first.answer({ keys: { a: {} } });
    await world.deliver("b2");
    world.invoker.first.end({ kind: "timed-out" });
    await world.deliver("a3");
    await world.clock.advance(100);
    expect(world.invoker.open.map(({ request }) => request.keys)).toEqual([undefined, undefined]);
  });

  it("is left out when the request would grow too large, never a message", async () => {
    const world = await startWorld({ requestBytes: 500 });
    await world.deliver("a1", "b1");
    world.invoker.first.answer({
      keys: { a: { hint: { v: "1", state: "A".repeat(500) } }, b: { hint: hint("1") } },
    });
    await world.deliver("a2", "b2");
    expect(world.invoker.openIds).toEqual([["a2", "b2"]]);
    expect(world.invoker.first.request.keys).toEqual({ b: { hint: hint("1") } });
  });

  it("is right for keys called like properties of every object", async () => {
    const world = await startWorld();
    for (const key of ["constructor", "__proto__"]) world.engine.deliver({ id: key, key });
    await world.settle();
    world.invoker.first.end({
      kind: "answered",
      payload: `{"emits":[],"batchItemFailures":[],"keys":{"__proto__":{"hint":{"v":"1","state":"AA"}}}}`,
    });
    await world.settle();
    for (const key of ["constructor", "__proto__"]) world.engine.deliver({ id: `${key}2`, key });
    await world.settle();
    expect(world.invoker.first.text).toContain(`"keys":{"__proto__":{"hint":{"v":"1","state":"AA"}}}`);
    expect(world.invoker.first.ids).toEqual(["constructor2", "__proto__2"]);
  });
});

describe("a reply with more to come", () => {
  it("has its emits published, then is asked on with the same records, before they are acknowledged", async () => {
    const world = await startWorld();
    await world.deliver("a1", "a2");
    world.invoker.first.answer({ emits: [emit("a1", "1")], keys: { a: { more: "5" } } });
    await world.deliver("a3", "b1");
    expect(world.payloads).toEqual(["1"]);
    expect(world.engine.acknowledged).toEqual([]);
    const resumed = world.invoker.open.find(({ ids }) => ids.includes("a1"));
    expect(resumed?.ids).toEqual(["a1", "a2"]);
    expect(resumed?.request.keys).toEqual({ a: { resume: "5" } });
    resumed?.answer({ emits: [emit("a2", "2")] });
    await world.settle();
    expect(world.payloads).toEqual(["1", "2"]);
    expect(world.engine.acknowledged).toEqual(["a1", "a2"]);
    const next = world.invoker.open.find(({ ids }) => ids.includes("a3"));
    expect(next?.request).not.toHaveProperty("keys");
  });

  it("is asked anew from the start once its invocation died and its records go one by one", async () => {
    const world = await startWorld();
    await world.deliver("a1", "a2");
    world.invoker.first.answer({ emits: [emit("a1", "1")], keys: { a: { more: "5" } } });
    await world.settle();
    world.invoker.first.end({ kind: "timed-out" });
    await world.settle();
    expect(world.invoker.openIds).toEqual([["a1"]]);
    expect(world.invoker.first.request).not.toHaveProperty("keys");
  });

  it("is asked anew from the start after its records were lost with their connection", async () => {
    const world = await startWorld();
    await world.deliver("a1", "a2");
    world.invoker.first.answer({ emits: [emit("a1", "1")], keys: { a: { more: "5" } } });
    await world.settle();
    world.invoker.first.end({ kind: "throttled" });
    world.engine.loseConnection();
    await world.deliver("a1");
    await world.clock.advance(100);
    expect(world.invoker.openIds).toEqual([["a1"]]);
    expect(world.invoker.first.request).not.toHaveProperty("keys");
  });

  it("waits when nothing comes of asking", async () => {
    const world = await startWorld();
    await world.deliver("a1");
    world.invoker.first.answer({ keys: { a: { more: "5" } } });
    await world.settle();
    expect(world.invoker.openIds).toEqual([]);
    await world.clock.advance(100);
    expect(world.invoker.openIds).toEqual([["a1"]]);
  });
});

describe("Hints", () => {
  it("forgets the least recently used beyond its bytes", () => {
    const hints = new Hints(1_000);
    const state = "A".repeat(200);
    for (const key of ["a", "b"]) hints.update("t", key, { hint: { v: key, state } }, undefined);
    hints.get("t", "a");
    hints.update("t", "c", { hint: { v: "c", state } }, undefined);
    expect(["a", "b", "c"].map((key) => hints.get("t", key)?.hint?.v)).toEqual(["a", undefined, "c"]);
    expect(hints.bytes).toBeLessThanOrEqual(1_000);
  });

  it("keeps published entries until the function has committed a state that knows them", () => {
    const hints = new Hints(10_000);
    const run = "r";
    hints.update("t", "a", { hint: hint("1"), entries: { run, entries: [1] } }, undefined);
    const sent = hints.get("t", "a");
    hints.update("t", "a", { hint: hint("1") }, sent);
    expect(hints.get("t", "a")?.published).toEqual({ run, entries: [1] });
    hints.forgetHint("t", "a");
    expect(hints.get("t", "a")).toEqual({ published: { run, entries: [1] } });
    hints.update("t", "a", { hint: hint("2"), entries: { run, entries: [2] } }, hints.get("t", "a"));
    expect(hints.get("t", "a")?.published).toEqual({ run, entries: [2] });
  });

  it("forgets another run's entries", () => {
    const hints = new Hints(10_000);
    hints.update("t", "a", { entries: { run: "r1", entries: [1] } }, undefined);
    hints.update("t", "a", { entries: { run: "r2", entries: [7] } }, undefined);
    expect(hints.get("t", "a")?.published).toEqual({ run: "r2", entries: [7] });
  });
});
