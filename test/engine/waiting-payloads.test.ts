import { beforeEach, describe, expect, test } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { type InstanceMessage, MESSAGE_FORMAT } from "../../lib/core/protocol/messages.ts";
import type { RunKey } from "../../lib/core/values/ids.ts";
import { type PayloadReference, refer } from "../../lib/core/values/payload.ts";
import { Sweeper } from "../../lib/engine/sweeper.ts";
import { readInstance } from "../../lib/instance/read-instance.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow, type WorkflowClass } from "../../lib/runtime/workflow-class.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { EngineFunction } from "./engine-function.ts";

interface Box {
  readonly parts: Channel<string>;
  run(): Promise<number>;
  measure(part: string): Promise<number>;
}
const Box = defineWorkflow<Box>("Box");

class BoxV1 extends Workflow implements Box {
  readonly parts = channel<string>();
  run = async (): Promise<number> => (await this.parts.receive()).length;

  async measure(part: string): Promise<number> {
    return part.length;
  }
}

/** Code that cannot be run: the instance's version is not there. */
class OtherBox extends BoxV1 {
  static readonly version = 2;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const LARGE = 300_000;
const key = { workflow: "Box", workflowId: "b" };
const elsewhere = { workflow: "Packer", workflowId: "p", run: "p1" };
const own = (id: string): RunKey => ({ ...key, run: id });

let clock: ManualClock;
let box: EngineFunction;
let sweeper: Sweeper;

const put = (run: RunKey, value: unknown = "x".repeat(LARGE)): Promise<PayloadReference> =>
  box.stores.payloadStore.put(run, JSON.stringify(value));
const isThere = async ({ key: name }: PayloadReference): Promise<boolean> =>
  box.stores.payloadStore.get(name).then(
    () => true,
    () => false,
  );
const head = (id: string) => ({ format: MESSAGE_FORMAT, id, at: clock.now(), ...key });
const start = (): InstanceMessage => ({ kind: "start", ...head("r1"), method: "run", args: [] });
const part = (id = "s1"): InstanceMessage => ({ kind: "signal", ...head(id), channel: "parts" });
const measure = (id = "m1"): InstanceMessage => ({
  kind: "method",
  ...head(id),
  method: "measure",
  args: [],
});
const cancel = (): InstanceMessage => ({ kind: "cancel", ...head("c1") });
const instance = () => readInstance(box.stores.stateStore, key);
const endings = async () => (await instance())?.state.methods.map((method) => method.endings.at(-1));

/** Code in a sandbox of its own, on the same stores: nothing is warm. */
function deploy(code: WorkflowClass<Box>): void {
  box = new EngineFunction({ workflow: workflowOf(Box, code), clock, stores: box.stores });
}

/** Lets time pass, hour by hour; what waits in the store comes when it is due, as the sweep and the broker bring it. */
async function pass(ms: number): Promise<void> {
  const end = clock.now() + ms;
  let published: readonly string[] = [];
  while (clock.now() < end) {
    await clock.advance(Math.min(HOUR_MS, end - clock.now()));
    for (let more = true; more; ) {
      const reply = await sweeper.sweep({ kind: "sweep", published });
      published = reply.emits.map(({ cause }) => cause);
      for (const { payload } of reply.emits) await box.invoke([JSON.parse(payload) as InstanceMessage]);
      more = reply.emits.length > 0;
    }
  }
}

/** What waits in the store and no sweep will ever find. */
async function behindCursor(): Promise<readonly string[]> {
  const cursor = (await box.stores.dueStore.loadCursor()) ?? 0;
  const minutes = Array.from({ length: 5 * 24 * 60 }, (_, back) => cursor - 1 - back);
  const pages = await Promise.all(minutes.map((minute) => box.stores.dueStore.read(minute, 10)));
  return pages.flatMap(({ items }) => items.map(({ id }) => id));
}

beforeEach(() => {
  clock = new ManualClock();
  box = new EngineFunction({ workflow: workflowOf(Box, BoxV1), clock });
  sweeper = new Sweeper({ store: box.stores.dueStore, clock });
});

describe("EDG-16 a large value that came before its start", () => {
  test.each([
    ["a signal", part, own("s1")],
    ["a method call", measure, own("m1")],
    ["a signal of a workflow", part, elsewhere],
    ["a method call of a workflow", measure, elsewhere],
  ])("stays while the code cannot run, however long: %s", async (_what, message, run) => {
    const value = message().kind === "method" ? ["x".repeat(LARGE)] : "x".repeat(LARGE);
    const reference = await put(run, value);
    await box.invoke([refer(message(), reference)]);
    await pass(HOUR_MS);
    await box.handle(died([start()]));
    // Its sender has long ended; and whoever wakes the instance finds no code for it.
    await box.stores.payloadStore.deleteRun(elsewhere);
    deploy(OtherBox);
    await pass(3 * DAY_MS);
    expect((await instance())?.status).toBe("stopped");
    deploy(BoxV1);
    await box.invoke([{ kind: "retry", ...head("again") }]);
    expect((await endings())?.some((end) => end?.kind === "completed" && end.value === LARGE)).toBe(true);
    expect(await isThere(reference)).toBe(false);
  });

  test("stays while later messages keep the early ones, and goes with the last", async () => {
    const reference = await put(own("s1"));
    await box.invoke([refer(part(), reference)]);
    for (const id of ["s2", "s3", "s4", "s5"]) {
      await pass(20 * HOUR_MS);
      await box.invoke([{ ...part(id), value: "small" } as InstanceMessage]);
    }
    expect(await isThere(reference)).toBe(true);
    await pass(4 * DAY_MS);
    expect(await isThere(reference)).toBe(false);
    expect(await behindCursor()).toEqual([]);
  });

  test("is there for a start that comes days later, as others kept it", async () => {
    await box.invoke([refer(part(), await put(own("s1")))]);
    for (const id of ["s2", "s3"]) {
      await pass(20 * HOUR_MS);
      await box.invoke([{ ...part(id), value: "small" } as InstanceMessage]);
    }
    await box.invoke([start()]);
    expect(await endings()).toEqual([{ kind: "completed", value: LARGE }]);
  });

  test("goes when its instance is canceled before the code could run", async () => {
    const reference = await put(own("s1"));
    await box.invoke([refer(part(), reference)]);
    await box.handle(died([start()]));
    await box.invoke([cancel()]);
    expect((await instance())?.status).toBe("canceled");
    await pass(33 * DAY_MS);
    expect(await isThere(reference)).toBe(false);
  });

  test.each([
    ["a signal", part],
    ["a method call", measure],
  ])("that is lost all the same stops its instance, and blocks nobody: %s", async (_what, message) => {
    const run = own(message().id);
    await box.invoke([refer(message(), await put(run, ["x"]))]);
    await box.stores.payloadStore.deleteRun(run);
    const { batchItemFailures } = await box.invoke([start()]);
    expect(batchItemFailures).toEqual([]);
    expect(await instance()).toMatchObject({
      status: "stopped",
      stopped: { failure: { name: "PayloadMissingError" } },
    });
    const { batchItemFailures: others } = await box.invoke([cancel()]);
    expect(others).toEqual([]);
    expect((await instance())?.status).toBe("canceled");
  });

  /** Invocations of these messages have died: the engine keeps them. */
  function died(messages: readonly InstanceMessage[]) {
    const records = messages.map((message) => ({
      id: message.id,
      key: message.workflowId,
      payload: JSON.stringify(message),
    }));
    return { kind: "messages" as const, records, run: false };
  }
});

describe("EDG-17 a large signal that has waited in the broker before it was early", () => {
  test.each([
    ["a minute", MINUTE_MS],
    ["23 hours", 23 * HOUR_MS],
    ["25 hours", 25 * HOUR_MS],
    ["three days", 3 * DAY_MS],
    ["less than no time: the sender's clock is a year ahead", -365 * DAY_MS],
  ])("leaves nothing for ever, after %s", async (_what, ms) => {
    const reference = await put(own("s1"));
    const message = { ...refer(part(), reference), at: clock.now() - ms } as InstanceMessage;
    await pass(HOUR_MS);
    await box.invoke([message]);
    expect(await behindCursor()).toEqual([]);
    await pass(HOUR_MS);
    expect(await isThere(reference)).toBe(true);
    await pass(2 * DAY_MS);
    expect(await isThere(reference)).toBe(false);
  });

  test("leaves nothing for ever when the step that writes its clean-up is frozen for a day", async () => {
    const { payloadStore } = box.stores;
    const copies: PayloadReference[] = [];
    const frozen = new EngineFunction({
      workflow: workflowOf(Box, BoxV1),
      clock,
      stores: {
        ...box.stores,
        payloadStore: {
          get: (name) => payloadStore.get(name),
          put: async (run, text) => {
            const copy = await payloadStore.put(run, text);
            copies.push(copy);
            await pass(26 * HOUR_MS);
            return copy;
          },
          deleteRun: (run) => payloadStore.deleteRun(run),
        },
      },
    });
    await frozen.invoke([refer(part(), await put(elsewhere))]);
    expect(await Promise.all(copies.map(isThere))).toEqual([true]);
    expect(await behindCursor()).toEqual([]);
    await pass(2 * DAY_MS);
    expect(await Promise.all(copies.map(isThere))).toEqual([false]);
  });
});
