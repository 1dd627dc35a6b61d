import { describe, expect, test } from "vitest";
import type { OutgoingMessage } from "../../lib/ports/broker.ts";
import { byHand, ENGINE, startWorld, type World } from "./world.ts";

type Type = "key_shared" | "failover" | "shared";

/** A handler of the user's own, whose dead letters get their receipts by hand. */
async function startHandler(type: Type, more: { readonly maxAttempts?: number } = {}) {
  const world = await startWorld({ engine: { type, handler: "stream", maxAttempts: 2, ...more } });
  const receipts: ReturnType<typeof byHand>[] = [];
  world.broker.onPublish = async ({ topic }: OutgoingMessage) => {
    if (!topic.startsWith("dlq:")) return;
    const receipt = byHand();
    receipts.push(receipt);
    await receipt.promise;
  };
  const receipt = async (): Promise<void> => {
    receipts.shift()?.resolve();
    await world.settle();
  };
  return { world, receipts, receipt };
}

async function fail(world: World, ...ids: readonly string[]): Promise<void> {
  const batchItemFailures = ids.map((id) => ({ itemIdentifier: id }));
  world.invoker.first.answer({ batchItemFailures });
  await world.settle();
}

/** Has a message fail as often as it may, and be on its way to its dead letters. */
async function failTwice(world: World, id: string): Promise<void> {
  await fail(world, id);
  await world.clock.advance(100);
  await fail(world, id);
}

describe.each(["key_shared", "failover"] as const)(
  "EDG-10 while a message of a %s topic is parked",
  (type) => {
    test("what arrives meanwhile is in one invocation, afterwards, and is acknowledged when that has ended", async () => {
      const { world, receipt } = await startHandler(type);
      await world.deliver("a1");
      await failTwice(world, "a1");
      await world.deliver("a2");
      expect(world.invoker.openIds).toEqual([]);
      await receipt();
      expect(world.engine.acknowledged).toEqual(["a1"]);
      expect(world.invoker.openIds).toEqual([["a2"]]);
      await world.deliver("a3");
      expect(world.invoker.openIds).toEqual([["a2"]]);
      world.invoker.first.answer();
      await world.settle();
      expect(world.engine.acknowledged).toEqual(["a1", "a2"]);
      expect(world.invoker.openIds).toEqual([["a3"]]);
    });

    test("what failed with it waits, and what was done before it is acknowledged at once", async () => {
      const { world, receipt } = await startHandler(type, { maxAttempts: 1 });
      await world.deliver("a1", "a2", "a3");
      await fail(world, "a2");
      await world.deliver("a4");
      expect(world.engine.acknowledged).toEqual(["a1"]);
      expect(world.invoker.openIds).toEqual([]);
      await receipt();
      expect(world.engine.acknowledged).toEqual(["a1", "a2"]);
      expect(world.invoker.openIds).toEqual([["a3", "a4"]]);
    });

    test("each of several that are parked one after the other holds up what follows", async () => {
      const { world, receipt, receipts } = await startHandler(type, { maxAttempts: 1 });
      await world.deliver("a1", "a2", "a3");
      for (const id of ["a1", "a2", "a3"]) {
        await fail(world, id);
        expect(receipts).toHaveLength(1);
        expect(world.invoker.openIds).toEqual([]);
        await receipt();
      }
      expect(world.engine.acknowledged).toEqual(["a1", "a2", "a3"]);
      expect(world.propertyOf("originId")).toEqual(["a1", "a2", "a3"]);
    });

    test("it comes again over another connection: it is acknowledged there, without a second letter", async () => {
      const { world, receipt } = await startHandler(type);
      await world.deliver("a1", "a2");
      await failTwice(world, "a1");
      world.engine.loseConnection();
      await world.deliver("a1", "a2", "a3");
      expect(world.invoker.openIds).toEqual([]);
      await receipt();
      expect(world.engine.acknowledged).toEqual(["a1"]);
      expect(world.invoker.openIds).toEqual([["a2", "a3"]]);
      expect(world.propertyOf("originId")).toEqual(["a1"]);
    });

    test("its connection is lost, and other messages come: none of them is acknowledged in its place", async () => {
      const { world, receipt } = await startHandler(type);
      await world.deliver("a1", "a2");
      await failTwice(world, "a1");
      world.engine.loseConnection();
      await world.deliver("a2", "a3");
      await receipt();
      expect(world.engine.acknowledged).toEqual([]);
      expect(world.invoker.openIds).toEqual([["a2", "a3"]]);
      world.invoker.first.answer();
      await world.settle();
      expect(world.engine.acknowledged).toEqual(["a2", "a3"]);
    });

    test("the bridge closes: it waits for the receipt, acknowledges, and begins nothing new", async () => {
      const { world, receipt } = await startHandler(type);
      await world.deliver("a1", "a2");
      await failTwice(world, "a1");
      const closed = world.bridge.close();
      await world.settle();
      expect(world.engine.isClosed).toBe(false);
      await receipt();
      await closed;
      expect(world.engine.acknowledged).toEqual(["a1"]);
      expect(world.engine.isClosed).toBe(true);
      expect(world.invoker.openIds).toEqual([]);
    });

    test("the bridge closes and there is no receipt: nothing is acknowledged", async () => {
      const { world } = await startHandler(type);
      await world.deliver("a1", "a2");
      await failTwice(world, "a1");
      const closed = world.bridge.close(1_000);
      await world.clock.advance(1_000);
      await closed;
      expect(world.engine.acknowledged).toEqual([]);
      expect(world.invoker.openIds).toEqual([]);
    });

    test("there is no broker for its letter: it waits, loudly, and nothing overtakes it", async () => {
      const { world } = await startHandler(type);
      let refusals = 3;
      world.broker.onPublish = async () => {
        if (refusals-- > 0) throw new Error("expected a topic, got one that is terminated");
      };
      await world.deliver("a1");
      await failTwice(world, "a1");
      await world.deliver("a2");
      await world.clock.advance(100 + 200 + 399);
      expect(world.bridge.healthIssues).toMatchObject([{ subject: `topic:dlq:${ENGINE}` }]);
      expect(world.invoker.openIds).toEqual([]);
      await world.clock.advance(1);
      expect(world.engine.acknowledged).toEqual(["a1"]);
      expect(world.invoker.openIds).toEqual([["a2"]]);
    });
  },
);

test("EDG-10 while a message of a shared topic is parked, others go on, and each is acknowledged for itself", async () => {
  const { world, receipt } = await startHandler("shared", { maxAttempts: 1 });
  await world.deliver("a1", "a2", "a3");
  await fail(world, "a1", "a3");
  await world.deliver("a4");
  expect(world.engine.acknowledged).toEqual(["a2"]);
  expect(world.invoker.openIds).toEqual([["a4"]]);
  await receipt();
  expect(world.engine.acknowledged).toEqual(["a2", "a1"]);
  await receipt();
  expect(world.engine.acknowledged).toEqual(["a2", "a1", "a3"]);
  world.invoker.first.answer();
  await world.settle();
  expect(world.engine.acknowledged).toEqual(["a2", "a1", "a3", "a4"]);
});

test("EDG-10 what a function of ours parks holds up its key in the same way", async () => {
  const { world, receipt } = await startHandler("key_shared");
  const ours = await startWorld();
  ours.broker.onPublish = world.broker.onPublish;
  await ours.deliver("a1", "a2");
  ours.invoker.first.answer({ parked: [{ id: "a1", code: "MESSAGE_UNDECODABLE", reason: "no JSON" }] });
  await ours.deliver("a3", "b1");
  expect(ours.invoker.openIds).toEqual([["b1"]]);
  expect(ours.engine.acknowledged).toEqual([]);
  await receipt();
  expect(ours.engine.acknowledged).toEqual(["a1", "a2"]);
  expect(ours.invoker.openIds).toEqual([["b1"], ["a3"]]);
});

test("EDG-10 a message that is in a batch twice has failed when its id is among the failures", async () => {
  const { world } = await startHandler("key_shared");
  world.engine.deliver({ id: "a1", key: "a" });
  world.engine.deliver({ id: "a2", key: "a" });
  world.engine.deliver({ id: "a1", key: "a" });
  await world.settle();
  await fail(world, "a1");
  expect(world.engine.acknowledged).toEqual([]);
});

test("EDG-10 what was set aside for the next batch and lost with its connection is in no batch", async () => {
  const world = await startWorld({ engine: { batchBytes: 2_000, maxConcurrency: 1 } });
  const payload = "x".repeat(1_500);
  for (const id of ["a1", "b1"]) world.engine.deliver({ id, key: id.charAt(0), payload });
  await world.settle();
  world.engine.loseConnection();
  for (const id of ["a1", "b1", "b2"]) world.engine.deliver({ id, key: id.charAt(0), payload: "{}" });
  await world.settle();
  world.invoker.first.answer();
  await world.settle();
  expect(world.invoker.openIds).toEqual([["b1", "b2"]]);
});
