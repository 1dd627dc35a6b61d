import { describe, expect, it } from "vitest";
import { MemoryDueStore } from "../../lib/adapters/memory/due-store.ts";
import type { SweepRequest } from "../../lib/core/protocol/invocation.ts";
import { Sweeper } from "../../lib/engine/sweeper.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { ENGINE, startWorld, type World } from "./world.ts";

const MINUTE = 60_000;
const timers = { functionName: "timers" };

function dueItem(dueAt: number, id = "Booking:1", payload = "wake") {
  return { dueAt, id, topic: ENGINE, key: "1", payload };
}

/** Tells whether nothing is due from three hours ago to the next minute. */
async function isEmpty(store: MemoryDueStore, clock: ManualClock): Promise<boolean> {
  const minute = Math.floor(clock.now() / MINUTE);
  const minutes = Array.from({ length: 180 }, (_, index) => minute + 2 - index);
  const pages = await Promise.all(minutes.map((one) => store.read(one, 1)));
  return pages.every(({ items }) => items.length === 0);
}

function newSweeper() {
  const clock = new ManualClock();
  const store = new MemoryDueStore();
  const sweeper = new Sweeper({ store, clock });
  const sweep = (...published: string[]) => sweeper.sweep({ kind: "sweep", published });
  return { clock, store, sweep, minute: () => Math.floor(clock.now() / MINUTE) };
}

describe("Sweeper", () => {
  it("answers what is due by the end of the next minute, with the instant of what is not due yet", async () => {
    const { clock, store, sweep } = newSweeper();
    const now = clock.now();
    for (const dueAt of [now - 1, now + 90_000, now + 2 * MINUTE]) await store.put(dueItem(dueAt));
    expect(await sweep()).toEqual({
      emits: [
        { cause: `${now - 1}:Booking:1`, topic: ENGINE, key: "1", payload: "wake" },
        {
          cause: `${now + 90_000}:Booking:1`,
          topic: ENGINE,
          key: "1",
          payload: "wake",
          deliverAt: now + 90_000,
        },
      ],
      more: false,
    });
  });

  it("answers an item again until it is told that the item is published", async () => {
    const { clock, store, sweep } = newSweeper();
    await store.put(dueItem(clock.now()));
    const { emits } = await sweep();
    expect((await sweep()).emits).toEqual(emits);
    expect(await sweep(...emits.map(({ cause }) => cause))).toEqual({ emits: [], more: false });
    expect(await isEmpty(store, clock)).toBe(true);
  });

  it("passes a bucket only when it finds it empty five minutes after its minute", async () => {
    const { clock, store, sweep, minute } = newSweeper();
    await sweep();
    expect(await store.loadCursor()).toBe(minute() - 5);
    const late = dueItem((minute() - 5) * MINUTE);
    await store.put(late);
    await clock.advance(10 * MINUTE);
    const { emits } = await sweep();
    expect(emits).toHaveLength(1);
    expect(await store.loadCursor()).toBe(minute() - 15);
    await sweep(...emits.map(({ cause }) => cause));
    expect(await store.loadCursor()).toBe(minute() - 5);
  });

  it("EXA-18 finds everything after it was stopped for two hours", async () => {
    const { clock, store, sweep, minute } = newSweeper();
    await sweep();
    const start = clock.now();
    for (let index = 0; index < 120; index += 1)
      await store.put(dueItem(start + index * MINUTE, `w${index}`));
    await clock.advance(120 * MINUTE);
    const { emits, more } = await sweep();
    expect([emits.length, more]).toEqual([120, false]);
    await sweep(...emits.map(({ cause }) => cause));
    expect(await isEmpty(store, clock)).toBe(true);
    expect(await store.loadCursor()).toBe(minute() - 5);
  });

  it("says when there is more than a reply holds, by count and by bytes", async () => {
    const { clock, store, sweep } = newSweeper();
    for (let index = 0; index < 600; index += 1) await store.put(dueItem(clock.now(), `w${index}`));
    const first = await sweep();
    expect([first.emits.length, first.more]).toEqual([500, true]);
    const second = await sweep(...first.emits.map(({ cause }) => cause));
    expect([second.emits.length, second.more]).toEqual([100, false]);
    await sweep(...second.emits.map(({ cause }) => cause));
    for (let index = 0; index < 20; index += 1)
      await store.put(dueItem(clock.now(), `w${index}`, "x".repeat(250_000)));
    const third = await sweep();
    expect([third.emits.length, third.more]).toEqual([12, true]);
  });

  it("minds no other sweeper", async () => {
    const { clock, store, sweep, minute } = newSweeper();
    await store.put(dueItem(clock.now()));
    const [one, other] = await Promise.all([sweep(), sweep()]);
    expect(one.emits).toEqual(other.emits);
    expect(await store.loadCursor()).toBe(minute() - 5);
    const refs = one.emits.map(({ cause }) => cause);
    expect(await Promise.all([sweep(...refs), sweep(...refs)])).toEqual([
      { emits: [], more: false },
      { emits: [], more: false },
    ]);
  });
});

describe("the bridge's sweep", () => {
  const requests = (world: World) => world.invoker.first.request as unknown as SweepRequest;

  it("publishes what is due, then has it deleted, until nothing is left; again after a minute", async () => {
    const world = await startWorld({ timers });
    const store = new MemoryDueStore();
    const sweeper = new Sweeper({ store, clock: world.clock });
    const now = world.clock.now();
    await store.put(dueItem(now));
    await store.put(dueItem(now + 65_000, "Booking:2"));
    async function serve(): Promise<void> {
      const payload = JSON.stringify(await sweeper.sweep(requests(world)));
      world.invoker.first.end({ kind: "answered", payload });
      await world.settle();
    }
    await serve();
    expect(world.broker.published).toMatchObject([
      { topic: ENGINE, key: "1", payload: "wake" },
      { topic: "delayed", deliverAt: now + 65_000, properties: { topic: ENGINE, key: "1" } },
    ]);
    expect(await isEmpty(store, world.clock)).toBe(false);
    await serve();
    expect(await isEmpty(store, world.clock)).toBe(true);
    expect(world.invoker.open).toEqual([]);
    await world.clock.advance(MINUTE);
    expect(requests(world)).toEqual({ kind: "sweep", published: [] });
    expect(world.invoker.first.functionName).toBe("timers");
  });

  it("deletes nothing before its receipt", async () => {
    const world = await startWorld({ timers });
    let fails = true;
    world.broker.onPublish = async () => {
      if (fails) throw new Error("no broker");
    };
    const emits = [{ cause: "1:a", topic: ENGINE, key: "1", payload: "wake" }];
    world.invoker.first.end({ kind: "answered", payload: JSON.stringify({ emits, more: false }) });
    await world.settle();
    expect(world.invoker.open).toEqual([]);
    fails = false;
    await world.clock.advance(100);
    expect(requests(world).published).toEqual(["1:a"]);
  });

  it("asks again, with backoff, when the function fails", async () => {
    const world = await startWorld({ timers });
    world.invoker.first.end({ kind: "died", errorType: "Error", message: "x" });
    await world.clock.advance(100);
    world.invoker.first.end({ kind: "answered", payload: "?" });
    await world.clock.advance(200);
    expect(world.bridge.healthIssues).toMatchObject([{ subject: "function:timers", attempts: 2 }]);
    world.invoker.first.end({ kind: "answered", payload: `{"emits":[],"more":false}` });
    await world.settle();
    expect(world.bridge.healthIssues).toEqual([]);
  });
});
