import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import { MAX_UNPROVEN } from "../../lib/core/model/outbox.ts";
import type { Emit, InvocationReply } from "../../lib/core/protocol/invocation.ts";
import { type InstanceMessage, MESSAGE_FORMAT } from "../../lib/core/protocol/messages.ts";
import { readInstance } from "../../lib/instance/read-instance.ts";
import { decodeTip, encodeTip } from "../../lib/instance/tip.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { getWorkflowById } from "../../lib/workflow/workflow-stub.ts";
import { EngineFunction, kindsOf } from "../engine/engine-function.ts";

interface Desk {
  work(word: string): string;
}
const Desk = defineService<Desk>("Desk");

interface Trip {
  both(): Promise<readonly string[]>;
  sleep(): Promise<string>;
  task(): Promise<string>;
  each(): Promise<void>;
  tell(): Promise<void>;
  readonly word: Channel<string>;
}
const Trip = defineWorkflow<Trip>("Trip");

class TripV1 extends Workflow implements Trip {
  readonly word = channel<string>();
  private readonly desk = newService(Desk);

  async both(): Promise<readonly string[]> {
    const first = await this.word.receive();
    return [first, await this.word.receive()].sort();
  }
  async sleep(): Promise<string> {
    await timer("10m");
    return "awake";
  }
  async task(): Promise<string> {
    return this.desk.work("once").then(
      (done) => done,
      () => this.word.receive(),
    );
  }
  async each(): Promise<void> {
    for await (const word of this.word) this.desk.work(word);
  }
  async tell(): Promise<void> {
    begun++;
    for await (const word of this.word) getWorkflowById(Trip, "friend").word.send(word);
  }
}

const KEY = { workflow: Trip.name, workflowId: "t" };
const workflow = workflowOf(Trip, TripV1);
let clock: ManualClock;
/** How often the code of `tell` was begun: once by each replay. */
let begun = 0;
let trip: EngineFunction;

beforeEach(() => {
  clock = new ManualClock();
  trip = new EngineFunction({ workflow, clock });
});

function message(part: { readonly kind: InstanceMessage["kind"]; readonly [field: string]: unknown }) {
  const head = { format: MESSAGE_FORMAT, at: clock.now(), id: "m", run: "r1", ...KEY };
  return { ...head, ...part } as InstanceMessage;
}
const start = (method: string, id = "r1") => message({ kind: "start", id, method, args: [] });
const signal = (id: string) => message({ kind: "signal", id, channel: "word", value: id });
const send = (...messages: readonly InstanceMessage[]): Promise<InvocationReply> => trip.invoke(messages);

/** Sends a message as a bridge does that knows nothing of the key, and gives all that it has to publish. */
async function handOverTo(one: InstanceMessage): Promise<readonly Emit[]> {
  const emits: Emit[] = [];
  for (let resume: string | undefined, isOver = false; !isOver; isOver = resume === undefined) {
    const reply = await trip.invoke([one], resume === undefined ? {} : { resume });
    emits.push(...reply.emits);
    resume = reply.keys?.[KEY.workflowId]?.more;
  }
  return emits;
}

async function history(): Promise<readonly HistoryRecord[]> {
  return (await readInstance(trip.stores.stateStore, KEY))?.history ?? [];
}
const count = async (kind: HistoryRecord["kind"]): Promise<number> =>
  (await history()).filter((record) => record.kind === kind).length;
const tokenNow = async (): Promise<string | undefined> => (await trip.stores.stateStore.load(KEY)).item?.v;

test("EXA-13 messages of one workflow in any order, any of them twice, come to the same end", async () => {
  const ids = ["start", "a", "b", "start", "a", "b"];
  const anyOrder = fc.shuffledSubarray(ids, { minLength: ids.length });
  const property = fc.asyncProperty(anyOrder, async (order) => {
    trip = new EngineFunction({ workflow, clock });
    for (const id of order) await send(id === "start" ? start("both") : signal(id));
    expect((await history()).at(-1)).toMatchObject({ kind: "method-completed", value: ["a", "b"] });
    expect(await count("signal-received")).toBe(2);
    expect(await count("method-started")).toBe(1);
  });
  await fc.assert(property, { seed: 13, numRuns: 60 });
});

test("EXA-17 a zombie function commits late: it loses, and nothing it computed is published", async () => {
  await send(start("each"));
  const { stateStore } = trip.stores;
  let arrived = (): void => {};
  let release = (): void => {};
  const isAtCommit = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const held = new Proxy(stateStore, {
    get: (target, name: keyof typeof stateStore) =>
      name === "commit"
        ? async (...args: Parameters<typeof stateStore.commit>) => {
            arrived();
            await gate;
            return target.commit(...args);
          }
        : target[name].bind(target),
  });
  const zombie = new EngineFunction({ workflow, clock, stores: { ...trip.stores, stateStore: held } });
  const late = zombie.invoke([signal("late")]);
  await isAtCommit;
  const told = await send(signal("first"));
  release();
  const works = [told, await late].map(({ emits }) =>
    emits.map(({ payload }) => {
      const { taskId, args } = JSON.parse(payload) as { taskId: string; args: readonly string[] };
      return `${taskId.split(":").at(-1)} ${args[0]}`;
    }),
  );
  const commands = (await history()).flatMap((record) => (record.kind === "task" ? [record] : []));
  const [one, two] = commands.map(({ id, args }) => `${id} ${args[0]}`);
  expect(commands.map(({ args }) => args[0])).toEqual(["first", "late"]);
  expect(works).toEqual([[one], [two]]);
});

test("EXA-18 a wake-up early, late, twice, after the end, and in a later run of the id fires its timer once", async () => {
  const custom = (id: string) => message({ kind: "start", id, method: "sleep", args: [], customId: "c" });
  const wake = (run: string, dueAt: number) =>
    message({ kind: "wake", id: `${run}:wake:${dueAt}`, run, dueAt });
  const dueAt = clock.now() + 600_000;
  await send(custom("r1"));
  await send(wake("r1", dueAt));
  expect(await count("timer-fired")).toBe(0);
  await clock.advance(600_000 + 7_200_000);
  // One that came early has armed another.
  const armed = (await readInstance(trip.stores.stateStore, KEY))?.armed as number;
  expect(armed).toBeGreaterThan(dueAt);
  await send(wake("r1", armed), wake("r1", armed));
  expect((await history()).at(-1)).toMatchObject({ kind: "method-completed", value: "awake" });
  const ended = await tokenNow();
  await send(wake("r1", dueAt));
  expect(await tokenNow()).toBe(ended);
  await handOverTo(custom("r2"));
  await send(wake("r1", dueAt));
  expect(await count("timer-fired")).toBe(0);
  expect((await history())[0]).toMatchObject({ run: "r2" });
});

test("EXA-19 a start redelivered after the workflow completed does not start it again", async () => {
  await send(start("both"), signal("a"), signal("b"));
  const [ended, before] = [await tokenNow(), await history()];
  expect(before.at(-1)).toMatchObject({ kind: "method-completed" });
  const reply = await send(start("both"));
  expect({ emits: reply.emits, failures: reply.batchItemFailures }).toEqual({ emits: [], failures: [] });
  expect([await tokenNow(), await history()]).toEqual([ended, before]);
});

test("EXA-20 the second signal of two receives, duplicated, is received once", async () => {
  await send(start("both"), signal("a"));
  await send(signal("b"), signal("b"));
  await send(signal("b"));
  expect(await count("signal-received")).toBe(2);
  expect((await history()).at(-1)).toMatchObject({ value: ["a", "b"] });
});

test("EXA-25 a failed attempt delivered twice, and again after a retry by hand, never forks the chain", async () => {
  const failed = (rest: object = {}) =>
    message({
      kind: "attempt-failed",
      id: "f",
      command: "0.0",
      sequence: 0,
      attempt: 0,
      failure: { name: "Error", message: "no" },
      ...rest,
    });
  await send(start("task"));
  await send(failed({ nextInMs: 1_000 }), failed({ nextInMs: 1_000 }));
  expect(await count("attempt-failed")).toBe(1);
  await clock.advance(1_000);
  await send(message({ kind: "wake", id: "w", dueAt: clock.now() }));
  expect(await count("attempt-due")).toBe(1);
  await send(failed({ attempt: 1 }));
  expect(await count("task-failed")).toBe(1);
  const byHand = message({ kind: "retry-tasks", id: "by-hand", taskId: "Trip:t:r1:0.0" });
  expect(kindsOf(await send(byHand))).toEqual(["execute-task"]);
  const token = await tokenNow();
  for (const late of [failed({ nextInMs: 1_000 }), failed({ attempt: 1 })]) {
    expect(kindsOf(await send(late))).not.toContain("execute-task");
  }
  expect(await tokenNow()).toBe(token);
});

test("EXA-27 a workflow that signals another once per hand-over, 10,000 times: a small outbox, each signal at least once, and no replay", async () => {
  begun = 0;
  const heard = new Set<string>();
  let sent = 0;
  const handOver = async (one: InstanceMessage): Promise<void> => {
    const emits = await handOverTo(one);
    for (const { payload } of emits) heard.add((JSON.parse(payload) as { id: string }).id);
    sent += emits.length;
  };
  await handOver(start("tell"));
  for (let word = 0; word < 10_000; word++) {
    await handOver(signal(`word-${word}`));
    if (word % 500 === 499) {
      const outbox = (await readInstance(trip.stores.stateStore, KEY))?.outbox ?? [];
      expect(outbox.length).toBeLessThanOrEqual(MAX_UNPROVEN + 1);
    }
  }
  expect(heard.size).toBe(10_000);
  expect(sent).toBeLessThanOrEqual(2 * 10_000 + 1);
  expect(await count("signal")).toBe(10_000);
  // What publishes a full outbox first costs no replay: the code stays in memory.
  expect(begun).toBe(1);
}, 180_000);

test("EXA-28 an older format is read, a newer one is kept waiting, as a message and as an item", async () => {
  await send({ ...start("both"), format: 0 });
  expect(await count("method-started")).toBe(1);
  const newer = await send({ ...signal("a"), format: MESSAGE_FORMAT + 1 }, signal("b"));
  expect(newer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(["0"]);
  expect(newer.parked).toEqual([]);
  expect(await count("signal-received")).toBe(0);

  const { stateStore } = trip.stores;
  const { item } = await stateStore.load(KEY);
  if (item === undefined) throw new RangeError("expected an item, got none");
  const tip = decodeTip(KEY, item.body);
  await stateStore.commit(KEY, { ...item, ...encodeTip({ ...tip, format: 99 }, item.v) }, item.v);
  const other = new EngineFunction({ workflow, clock, stores: trip.stores });
  const waiting = await other.invoke([signal("a")]);
  expect(waiting.batchItemFailures[0]?.reason).toMatch(/MESSAGE_FORMAT_TOO_NEW/);
  expect(waiting.parked).toEqual([]);
});
