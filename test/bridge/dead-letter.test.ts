import { describe, expect, test } from "vitest";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { deadLetterOf, revived } from "../../lib/bridge/dead-letters/dead-letter.ts";
import { type Letter, redrive } from "../../lib/bridge/dead-letters/redrive.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { Broker, IncomingMessage, OutgoingMessage } from "../../lib/ports/broker.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { ENGINE, startWorld, type World } from "./world.ts";

/** Takes what every adapter takes. */
const refuse = async (message: OutgoingMessage): Promise<void> => {
  await new MemoryBroker().publish(message);
};

/** A handler that has failed on `a1`, and what is there of its letter. */
async function park(message: Partial<IncomingMessage>, reason: string) {
  const world = await startWorld({ engine: { handler: "stream", maxAttempts: 1 } });
  world.broker.onPublish = refuse;
  world.engine.deliver({ id: "a1", key: "a", ...message });
  world.engine.deliver({ id: "a2", key: message.key ?? "a" });
  await world.settle();
  const batchItemFailures = [{ itemIdentifier: "a1", reason }];
  world.invoker.first.answer({ batchItemFailures });
  await world.settle();
  return { world, letter: letterOf(world) };
}

function letterOf({ broker }: World): OutgoingMessage {
  expect(broker.published).toHaveLength(1);
  return broker.published[0] as OutgoingMessage;
}

const LARGEST = "x".repeat(700_000);
const wide = (count: number) => Object.fromEntries([["wide", "ž".repeat(count)]]);

describe("EDG-11 a message whose letter the broker finds too large", () => {
  test.each<[string, Partial<IncomingMessage>, string]>([
    ["of the largest payload", { payload: LARGEST }, "x".repeat(1_000_000)],
    ["of non-ASCII", { payload: "漢".repeat(233_333) }, "漢".repeat(5_000)],
    ["with a long code of control characters", { payload: LARGEST }, "\u0001".repeat(5_000)],
    [
      "with properties that leave room for a short reason",
      { payload: LARGEST, properties: wide(57_200) },
      "x".repeat(2_000),
    ],
  ])("%s keeps all but the end of its reason", async (_what, message, reason) => {
    const { world, letter } = await park(message, reason);
    expect(letter.payload === message.payload).toBe(true);
    expect(letter.properties).toMatchObject({ ...message.properties, originId: "a1" });
    expect(reason.startsWith(letter.properties?.["reason"] ?? "?")).toBe(true);
    expect(letter.properties?.["reason"]?.length).toBeGreaterThanOrEqual(100);
    expect(world.engine.acknowledged).toEqual(["a1"]);
    expect(world.invoker.openIds).toEqual([["a2"]]);
  });

  test.each<[string, Partial<IncomingMessage>]>([
    ["payload, from a producer that sends more than we", { payload: "x".repeat(3_000_000) }],
    ["properties", { payload: LARGEST, properties: wide(57_600) }],
    ["properties alone", { payload: "{}", properties: wide(2_000_000) }],
    ["key", { payload: "{}", key: "k".repeat(600_000) }],
    ["key and payload", { payload: LARGEST, key: "k".repeat(600_000) }],
  ])("for its %s is parked as a reference, and its key goes on", async (_what, message) => {
    const { world, letter } = await park(message, "expected an order");
    const bytes = message.payload?.length;
    expect(letter).toMatchObject({ topic: `dlq:${ENGINE}` });
    expect(JSON.parse(letter.payload)).toEqual({ leftOut: { topic: ENGINE, id: "a1", bytes } });
    expect(letter.properties).toMatchObject({
      code: "ATTEMPTS_EXHAUSTED",
      reason: "expected an order",
      originTopic: ENGINE,
      originId: "a1",
      leftOutBytes: String(bytes),
    });
    expect(world.engine.acknowledged).toEqual(["a1"]);
    expect(world.invoker.openIds).toEqual([["a2"]]);
    expect(world.healthIssues.at(-1)).toMatchObject({
      subject: `message:${ENGINE}:a1`,
      message: `ATTEMPTS_EXHAUSTED: parked as a reference, for its size, on dlq:${ENGINE}: expected an order`,
    });
  });

  test("that a function of ours parks with a code and a reason without end is parked, too", async () => {
    const world = await startWorld();
    world.broker.onPublish = refuse;
    world.engine.deliver({ id: "a1", key: "a", payload: LARGEST });
    await world.settle();
    const endless = "x".repeat(1_000_000);
    world.invoker.first.answer({ parked: [{ id: "a1", code: endless, reason: endless }] });
    await world.settle();
    expect(letterOf(world).payload === LARGEST).toBe(true);
    expect(world.engine.acknowledged).toEqual(["a1"]);
  });
});

test("EDG-11 a reason that is cut in the middle of a character is well formed", () => {
  const message = { id: "1", topic: "orders", payload: "{}", properties: {}, publishedAt: 0 };
  const reasonOf = (reason: string) =>
    deadLetterOf(message, { code: "X", reason, attempts: 1 }).properties?.["reason"];
  expect(reasonOf(`${"x".repeat(999)}🦆`)).toBe("x".repeat(999));
  expect(reasonOf(`${"x".repeat(998)}🦆`)).toBe(`${"x".repeat(998)}🦆`);
  expect(reasonOf("half \ud83e")).toBe("half \ufffd");
});

test("EDG-11 a property of the message's own that is called like one of the letter's comes back with it", () => {
  const properties = { code: "7", reason: "gift", attempts: "no", own: "o", "own:code": "8" };
  const message = { id: "1", topic: "orders", key: "k", payload: "{}", properties, publishedAt: 0 };
  const letter = deadLetterOf(message, { code: "X", reason: "y", attempts: 1 });
  expect(letter.properties).toMatchObject({ code: "X", reason: "y", own: "o", "own:reason": "gift" });
  const back = revived({ ...message, properties: letter.properties ?? {} }, "orders");
  expect(back.properties).toMatchObject({ code: "7", reason: "gift", attempts: "no", own: "o" });
});

test("EDG-11 a reference is told, stays among the letters, and keeps no other from being sent back", async () => {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  const { letter } = await park({ payload: "x".repeat(800_000) }, "expected an order");
  await broker.publish(letter);
  await broker.publish({ ...letter, payload: "small", properties: { originId: "a0" } });
  for (let time = 1; time <= 2; time += 1) {
    const letters: Letter[] = [];
    const onLetter = (one: Letter): void => void letters.push(one);
    const options = { broker, clock, topic: ENGINE, isDryRun: false, idleMs: 100, onLetter };
    const replayed = redrive(options);
    await clock.advance(0);
    await clock.advance(100);
    expect(await replayed).toBe(2 - time);
    expect(letters[0]).toMatchObject({ id: "a1", bytes: 800_000, isWhole: false });
  }
});

test("EDG-11 a letter that its topic does not take back stays, is told so, and keeps no other", async () => {
  const clock = new ManualClock();
  const letters = new MemoryBroker({ clock });
  const broker: Broker = {
    publish: async (message) => {
      if (message.payload === "large") throw new InfiniticError("MESSAGE_TOO_LARGE", "expected less");
      return letters.publish(message);
    },
    subscribe: (options) => letters.subscribe(options),
    ensureSubscription: (options) => letters.ensureSubscription(options),
    close: () => letters.close(),
  };
  for (const payload of ["large", "small"])
    await letters.publish({ topic: "dlq:orders", payload, properties: { originId: payload } });
  const told: Letter[] = [];
  const onLetter = (one: Letter): void => void told.push(one);
  const replayed = redrive({ broker, clock, topic: "orders", isDryRun: false, idleMs: 100, onLetter });
  await clock.advance(0);
  await clock.advance(100);
  expect(await replayed).toBe(1);
  expect(told).toMatchObject([
    { id: "large", isWhole: false },
    { id: "small", isWhole: true },
  ]);
});
