import { beforeEach, describe, expect, test } from "vitest";
import { memoryStores } from "../../lib/adapters/memory/stores.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { InvocationReply } from "../../lib/core/protocol/invocation.ts";
import { type InstanceMessage, MESSAGE_FORMAT, type WakeMessage } from "../../lib/core/protocol/messages.ts";
import { decodeTip, encodeTip } from "../../lib/instance/tip.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { EngineFunction } from "./engine-function.ts";

interface Watch {
  readonly word: Channel<string>;
  run(): Promise<string>;
}
const Watch = defineWorkflow<Watch>("Watch");
const Desk = defineService<{ work(): string }>("Desk");

/** Waits for time, then for no time, then for time again. */
class WatchV1 extends Workflow implements Watch {
  readonly word = channel<string>();
  private readonly desk = newService(Desk, { timeout: "1m" });

  async run(): Promise<string> {
    await this.desk.work();
    await this.word.receive();
    await timer("1m");
    return "rung";
  }
}

const MINUTE_MS = 60_000;
const startedAt = Date.UTC(2026, 0, 1);
const key = { workflow: "Watch", workflowId: "w" };
const stores = () => memoryStores({ clock: new ManualClock(startedAt) });
let world: ReturnType<typeof stores>;

const head = (id: string) => ({ format: MESSAGE_FORMAT, id, at: startedAt, ...key });
const start: InstanceMessage = { kind: "start", ...head("r1"), method: "run", args: [] };
const worked: InstanceMessage = { kind: "task-completed", ...head("t1"), run: "r1", command: "0.0" };
const word: InstanceMessage = { kind: "signal", ...head("s1"), channel: "word", value: "go" };
const wakeAt = (dueAt: number): InstanceMessage => ({ kind: "wake", ...head("w1"), run: "r1", dueAt });

/** A new sandbox on a host whose clock stands at this instant. */
const hostAt = (instant: number): EngineFunction =>
  new EngineFunction({
    workflow: workflowOf(Watch, WatchV1),
    clock: new ManualClock(instant),
    stores: world,
  });

const wakesOf = ({ emits }: InvocationReply): readonly number[] =>
  emits
    .map(({ payload }) => JSON.parse(payload) as WakeMessage)
    .filter(({ kind }) => kind === "wake")
    .map(({ dueAt }) => dueAt);

beforeEach(() => {
  world = stores();
});

describe("EDG-18 a wake-up that came and left nothing to do", () => {
  const armedAt = startedAt + MINUTE_MS;

  test.each([
    ["76 ms", 76],
    ["the whole wait", MINUTE_MS],
    ["ten minutes", 10 * MINUTE_MS],
    ["not at all", 0],
  ])("is not waited for again by a host whose clock is behind it by %s", async (_what, behindMs) => {
    expect(wakesOf(await hostAt(startedAt).invoke([start]))).toEqual([armedAt]);
    await hostAt(startedAt).invoke([worked]);
    expect(wakesOf(await hostAt(armedAt).invoke([wakeAt(armedAt)]))).toEqual([]);
    const [wake, ...others] = wakesOf(await hostAt(armedAt - behindMs).invoke([word]));
    expect(others).toEqual([]);
    expect(wake).toBeGreaterThan(startedAt);
    const late = hostAt((wake as number) + MINUTE_MS);
    await late.invoke([wakeAt(wake as number)]);
    expect((await world.stateStore.load(key)).item?.status).toBe("completed");
  });

  test("is not waited for again by the sandbox that it came to", async () => {
    const host = hostAt(startedAt);
    await host.invoke([start]);
    await host.invoke([worked]);
    await host.invoke([wakeAt(armedAt)]);
    expect(wakesOf(await host.invoke([word]))).toEqual([startedAt + MINUTE_MS]);
  });

  test("costs no write, whoever hears it", async () => {
    await hostAt(startedAt).invoke([start]);
    await hostAt(startedAt).invoke([worked]);
    const before = (await world.stateStore.load(key)).item?.v;
    const { usage } = await hostAt(armedAt).invoke([wakeAt(armedAt)]);
    expect(usage).toMatchObject({ commits: 0, writeUnits: 0 });
    expect((await world.stateStore.load(key)).item?.v).toBe(before);
  });

  test("is not waited for in an item that an earlier version wrote", async () => {
    await hostAt(startedAt).invoke([start]);
    await hostAt(startedAt).invoke([worked]);
    const { item } = await world.stateStore.load(key);
    if (!item) throw new RangeError("expected an item, got none");
    const tip = { ...decodeTip(key, item.body), armed: armedAt };
    await world.stateStore.commit(key, { ...item, ...encodeTip(tip, item.v) }, item.v);
    await hostAt(armedAt).invoke([wakeAt(armedAt)]);
    expect(wakesOf(await hostAt(armedAt - 76).invoke([word]))).toEqual([startedAt + MINUTE_MS]);
  });

  test("is not told as one that is to come", async () => {
    await hostAt(startedAt).invoke([start]);
    await hostAt(startedAt).invoke([worked]);
    const { item } = await world.stateStore.load(key);
    expect(item && decodeTip(key, item.body).armed).toBeUndefined();
  });
});

test("EDG-18 a wake-up stands for every later deadline as long as one stands behind it", async () => {
  const twice = [worked, word];
  await hostAt(startedAt).invoke([start]);
  // In one step: what waits for time goes, and comes again.
  const wakes = wakesOf(await hostAt(startedAt).invoke(twice));
  expect(wakes).toEqual([startedAt + MINUTE_MS]);
});
