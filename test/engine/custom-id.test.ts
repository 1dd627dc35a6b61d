import { beforeEach, describe, expect, test } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { type InstanceMessage, MESSAGE_FORMAT, type StartMessage } from "../../lib/core/protocol/messages.ts";
import { customWorkflowId } from "../../lib/core/values/ids.ts";
import { readInstance } from "../../lib/instance/read-instance.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { EngineFunction, kindsOf } from "./engine-function.ts";

interface Shop {
  readonly word: Channel<string>;
  run(): Promise<string>;
}
const Shop = defineWorkflow<Shop>("Shop");

class ShopV1 extends Workflow implements Shop {
  readonly word = channel<string>();

  async run(): Promise<string> {
    return this.word.receive();
  }
}

const DAY_MS = 86_400_000;
const clock = new ManualClock();
const key = { workflow: "Shop", workflowId: customWorkflowId("Shop", "the one") };
const caller = { workflow: "Mall", workflowId: "m", run: "m1", command: "0.0" };
let shop: EngineFunction;

const start = (id: string, more: Partial<StartMessage> = {}): StartMessage => ({
  kind: "start",
  format: MESSAGE_FORMAT,
  id,
  at: clock.now(),
  ...key,
  method: "run",
  args: [],
  customId: "the one",
  ...more,
});
const signal = (value: string, more: object = {}): InstanceMessage => ({
  kind: "signal",
  format: MESSAGE_FORMAT,
  id: `signal ${value}`,
  at: clock.now(),
  ...key,
  channel: "word",
  value,
  ...more,
});
const instance = () => readInstance(shop.stores.stateStore, key);
const runAndOutcome = async () => {
  const state = (await instance())?.state;
  return [state?.key.run, state?.methods[0]?.endings.at(-1)];
};
const completed = (value: string) => ({ kind: "completed", value });

beforeEach(() => {
  shop = new EngineFunction({ workflow: workflowOf(Shop, ShopV1), clock });
});

describe("a start under a custom id", () => {
  test("begins nothing while the run before it has not ended", async () => {
    await shop.invoke([start("r1")]);
    await shop.invoke([start("r2")]);
    expect(await runAndOutcome()).toEqual(["r1", undefined]);
  });

  test("begins a new run once the one before it has ended, with nothing of that", async () => {
    await shop.invoke([start("r1"), signal("one")]);
    expect(await runAndOutcome()).toEqual(["r1", completed("one")]);
    await shop.invoke([start("r2")]);
    expect(await runAndOutcome()).toEqual(["r2", undefined]);
    await shop.invoke([signal("two")]);
    expect(await runAndOutcome()).toEqual(["r2", completed("two")]);
    expect((await instance())?.history.filter(({ kind }) => kind === "signal-received")).toHaveLength(1);
  });

  test("of a run that has lived begins nothing, however late it comes", async () => {
    for (const run of ["r1", "r2", "r3"]) await shop.invoke([start(run), signal(run)]);
    for (const late of ["r1", "r2", "r3"]) await shop.invoke([start(late)]);
    expect(await runAndOutcome()).toEqual(["r3", completed("r3")]);
    await shop.invoke([start("r4")]);
    await shop.invoke([start("r2")]);
    expect(await runAndOutcome()).toEqual(["r4", undefined]);
  });

  test("hears nothing of what was meant for the run before", async () => {
    await shop.invoke([start("r1"), signal("one")]);
    await shop.invoke([start("r2")]);
    await shop.invoke([signal("by tag", { run: "r1" })]);
    const reply = { kind: "task-completed", format: MESSAGE_FORMAT, id: "t", at: 1, ...key, command: "0.0" };
    await shop.invoke([{ ...reply, run: "r1" } as InstanceMessage]);
    expect(await runAndOutcome()).toEqual(["r2", undefined]);
  });

  test("hears nothing again that the runs before have heard", async () => {
    for (const run of ["r1", "r2"]) await shop.invoke([start(run), signal(run)]);
    expect(await runAndOutcome()).toEqual(["r2", completed("r2")]);
    await shop.invoke([start("r3")]);
    for (const run of ["r1", "r2"]) await shop.invoke([signal(run)]);
    expect(await runAndOutcome()).toEqual(["r3", undefined]);
    await shop.invoke([signal("r3")]);
    expect(await runAndOutcome()).toEqual(["r3", completed("r3")]);
  });

  test("waits until what the run before has to say is published (I4)", async () => {
    await shop.invoke([start("r1", { caller }), signal("one")]);
    const flush = await shop.invoke([start("r2")]);
    expect(kindsOf(flush)).toEqual(["child-ended"]);
    expect(await runAndOutcome()).toEqual(["r1", completed("one")]);
    const resume = flush.keys?.[key.workflowId]?.more as string;
    const next = await shop.invoke([start("r2")], { resume });
    expect(next.batchItemFailures).toEqual([]);
    expect(await runAndOutcome()).toEqual(["r2", undefined]);
  });

  test("in one batch with the end of the run before comes again after that is published", async () => {
    await shop.invoke([start("r1", { caller })]);
    const reply = await shop.invoke([signal("one"), start("r2"), signal("two")]);
    expect(kindsOf(reply)).toEqual(["child-ended"]);
    expect(reply.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(["1", "2"]);
    const published = reply.keys?.[key.workflowId]?.entries;
    await shop.invoke([start("r2"), signal("two")], published ? { published } : undefined);
    expect(await runAndOutcome()).toEqual(["r2", completed("two")]);
  });

  test("and only that begins a new run: an id of one's own is used once", async () => {
    const { customId: _, ...plain } = start("r1");
    await shop.invoke([plain, signal("one")]);
    await shop.invoke([{ ...plain, id: "r2" }]);
    expect(await runAndOutcome()).toEqual(["r1", completed("one")]);
  });
});

describe("a start that is older than the retention of ended instances", () => {
  test("is parked, for nobody knows whether it has run", async () => {
    const reply = await shop.invoke([start("r1", { at: clock.now() - 31 * DAY_MS }), signal("one")]);
    expect(reply.parked).toMatchObject([{ id: "0", code: "MESSAGE_TOO_OLD" }]);
    expect(await instance()).toBeUndefined();
  });

  test("is ignored where the instance is known", async () => {
    await shop.invoke([start("r1")]);
    const reply = await shop.invoke([start("r2", { at: clock.now() - 31 * DAY_MS })]);
    expect(reply.parked).toEqual([]);
    expect(await runAndOutcome()).toEqual(["r1", undefined]);
  });
});

describe("a start that came while another run lived", () => {
  const attached = () => shop.invoke([start("r2")]);

  test("begins nothing when it is delivered again after that run has ended (I1)", async () => {
    await shop.invoke([start("r1")]);
    await attached();
    await shop.invoke([signal("one")]);
    await attached();
    expect(await runAndOutcome()).toEqual(["r1", completed("one")]);
    await shop.invoke([start("r3")]);
    await attached();
    expect(await runAndOutcome()).toEqual(["r3", undefined]);
  });

  test("is told of the end of that run once, if a workflow sent it, and begins nothing afterwards", async () => {
    const rival = () => shop.invoke([start("r2", { caller })]);
    await shop.invoke([start("r1")]);
    await rival();
    expect(kindsOf(await shop.invoke([signal("one")]))).toEqual(["child-ended"]);
    expect(kindsOf(await rival())).toEqual([]);
    expect(await runAndOutcome()).toEqual(["r1", completed("one")]);
  });

  test("attaches its caller to no later run", async () => {
    const rival = () => shop.invoke([start("r2", { caller })]);
    const first = () => shop.invoke([start("r1", { caller: { ...caller, command: "0.1" } })]);
    await first();
    await rival();
    expect(kindsOf(await shop.invoke([signal("one")]))).toEqual(["child-ended", "child-ended"]);
    // What the first run has to say goes out before the other begins (I4).
    const { keys } = await shop.invoke([start("r3")]);
    await shop.invoke([start("r3")], { resume: keys?.[key.workflowId]?.more as string });
    for (const again of [first, rival]) expect(kindsOf(await again())).toEqual([]);
    expect(kindsOf(await shop.invoke([signal("two")]))).toEqual([]);
    expect(await runAndOutcome()).toEqual(["r3", completed("two")]);
  });

  test("begins a run when only a hint that was out of date said that another lived (I2)", async () => {
    const { keys } = await shop.invoke([start("r1")]);
    await shop.invoke([signal("one")]);
    const stale = keys?.[key.workflowId]?.hint;
    expect(stale).toBeDefined();
    await shop.invoke([start("r2")], stale ? { hint: stale } : {});
    expect(await runAndOutcome()).toEqual(["r2", undefined]);
  });
});
