import fc from "fast-check";
import { expect, test } from "vitest";
import { memoryStores } from "../../lib/adapters/memory/stores.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { InvocationReply } from "../../lib/core/protocol/invocation.ts";
import { type EngineMessage, MESSAGE_FORMAT } from "../../lib/core/protocol/messages.ts";
import { readInstance } from "../../lib/instance/read-instance.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceHandler } from "../../lib/service/service-handler.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { hostileValue, mutated } from "../fuzz/hostile.ts";
import { runs } from "../fuzz/runs.ts";
import { EngineFunction } from "./engine-function.ts";

interface Desk {
  work(item: unknown): Promise<unknown>;
}
const Desk = defineService<Desk>("Desk");

interface Stay {
  run(): Promise<unknown>;
  ask(item: unknown): Promise<unknown>;
  readonly word: Channel<unknown>;
}
const Stay = defineWorkflow<Stay>("Stay");

class StayV1 extends Workflow implements Stay {
  readonly word = channel<unknown>();
  readonly #desk = newService(Desk, { timeout: "10h" });

  async run(): Promise<unknown> {
    const task = this.#desk.work("task");
    const child = newWorkflow(Stay).ask("child");
    const rest = timer("1h");
    const words = [await this.word.receive()];
    return { words, ended: await Promise.allSettled([task, child, rest]) };
  }
  async ask(item: unknown): Promise<unknown> {
    return item;
  }
}

const clock = new ManualClock();
const KEY = { workflow: "Stay", workflowId: "s" };
const at = clock.now();
const FAILURE = { name: "RangeError", message: "no", cause: { name: "Error", message: "why" } };
const OF_TASK = { command: "0.0", sequence: 0, attempt: 0 };
const CALLER = { workflow: "Agency", workflowId: "a", run: "r9", command: "0.0" };
const start = { kind: "start", id: "r", method: "run", args: [] };

const PARTS: readonly { readonly kind: string; readonly [field: string]: unknown }[] = [
  { ...start, tags: ["vip"], meta: { a: 1 }, caller: CALLER, customId: "c" },
  { kind: "signal", channel: "word", value: { a: ["b"] } },
  { kind: "method", method: "ask", args: [{ a: 1 }], caller: CALLER },
  { kind: "cancel", methodId: "main" },
  { kind: "retry" },
  { kind: "retry-tasks", taskId: "Stay:s:r:0.0", status: "failed", service: "Desk" },
  { kind: "complete-timers", methodId: "main" },
  { kind: "task-completed", run: "r", command: "0.0", value: { a: 1 } },
  { kind: "attempt-failed", run: "r", ...OF_TASK, failure: FAILURE, nextInMs: 1_000, meta: { a: 1 } },
  { kind: "attempt-failed", run: "r", ...OF_TASK, failure: FAILURE },
  { kind: "task-delegated", run: "r", ...OF_TASK, heartbeatMs: 1_000 },
  { kind: "delegated-result", run: "r", command: "0.0", outcome: { kind: "failed", failure: FAILURE } },
  { kind: "heartbeat", run: "r", command: "0.0" },
  { kind: "wake", run: "r", dueAt: at + 3_600_000 },
  {
    kind: "child-ended",
    run: "r",
    command: "0.1",
    number: 1,
    outcome: { kind: "completed", value: [1] },
  },
  { kind: "by-tag", tag: "s", operation: { kind: "signal", channel: "word", value: 1 }, cursor: "c" },
];
const messages = PARTS.map((part) => ({ format: MESSAGE_FORMAT, id: "m", at, ...KEY, ...part }));

/** Each has once been tried again for ever. */
const FOUND: readonly [unknown, boolean, boolean][] = [
  [{ ...messages[0], at: -1e308 }, false, true],
  [{ ...messages.at(-1), cursor: "none that a page gave" }, true, true],
];

const poison = fc.oneof(
  mutated(fc.constantFrom<unknown>(...messages)),
  fc.tuple(fc.constantFrom(...messages), fc.nat(20), hostileValue).map(([message, field, value]) => {
    const names = Object.keys(message);
    return { ...message, [names[field % names.length] ?? ""]: value };
  }),
);

/** Expects that each record was handled or parked: nothing of it is tried again for ever. */
function expectSettled(reply: InvocationReply, payload: string): void {
  const { batchItemFailures, parked = [] } = reply;
  const waits = batchItemFailures.filter(({ reason = "" }) => !/a message of format/.test(reason));
  expect({ payload: payload.slice(0, 500), waits }).toEqual({ payload: payload.slice(0, 500), waits: [] });
  for (const { code, reason } of parked) {
    expect(code).toMatch(/^[A-Z_]+$/);
    expect(reason).toMatch(/^expected /);
  }
  expect(JSON.parse(JSON.stringify(reply))).toEqual(reply);
}

test("an instance that gets anything goes on: it is handled or parked, and the next message too", async () => {
  const property = fc.asyncProperty(poison, fc.boolean(), fc.boolean(), expectToGoOn);
  await fc.assert(property, { seed: 5, numRuns: runs(400), examples: [...FOUND] });
});

/** Sends a message twice, then a start and a cancel, and expects each to be settled. */
async function expectToGoOn(message: unknown, isBegun: boolean, isWarm: boolean): Promise<void> {
  const workflow = workflowOf(Stay, StayV1);
  let stay = new EngineFunction({ workflow, clock });
  const payload = JSON.stringify(message);
  const begin = { ...messages[0], ...start } as EngineMessage;
  if (isBegun) await stay.invoke([begin]);
  if (!isWarm) stay = new EngineFunction({ workflow, clock, stores: stay.stores });
  const records = [{ id: "1", key: "s", payload }];
  for (let time = 1; time <= 2; time += 1)
    expectSettled(await stay.handle({ kind: "messages", records }), payload);
  if (!isWarm) stay = new EngineFunction({ workflow, clock, stores: stay.stores });
  expectSettled(await stay.invoke([begin]), payload);
  const end = { kind: "cancel", format: MESSAGE_FORMAT, id: "end", at, ...KEY } as EngineMessage;
  expectSettled(await stay.invoke([end]), payload);
  const left = await readInstance(stay.stores.stateStore, KEY);
  expect([payload, left?.state.ended]).toEqual([payload, true]);
}

test("a service that gets anything answers: the task ends, or the message is parked", async () => {
  const stores = memoryStores({ clock });
  const handler = serviceHandler(
    Desk,
    { work: async (item) => item },
    {},
    { clock, random: () => 0.5, ...stores },
  );
  const task = {
    kind: "execute-task",
    format: MESSAGE_FORMAT,
    id: "m",
    at,
    service: "Desk",
    method: "work",
    args: [{ a: 1 }],
    taskId: "Stay:s:r:0.0",
    sequence: 0,
    attempt: 0,
    tags: ["vip"],
    meta: { a: 1 },
    lastFailure: FAILURE,
    caller: CALLER,
  };
  const property = fc.asyncProperty(mutated(fc.constant(task)), fc.boolean(), async (message, died) => {
    const payload = JSON.stringify(message);
    const records = [{ id: "1", payload }];
    const reply = (await handler({ kind: "messages", records, died })) as InvocationReply;
    expectSettled(reply, payload);
    const isWaiting = reply.batchItemFailures.length > 0;
    expect(reply.emits.length + (reply.parked?.length ?? 0)).toBe(isWaiting ? 0 : 1);
  });
  await fc.assert(property, { seed: 6, numRuns: runs(1_000) });
});
