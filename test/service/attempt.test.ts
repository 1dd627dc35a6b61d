import { describe, expect, test } from "vitest";
import { MemoryPayloadStore } from "../../lib/adapters/memory/payload-store.ts";
import { defineService } from "../../lib/core/contract/definition.ts";
import type { InvocationReply } from "../../lib/core/protocol/invocation.ts";
import type { ExecuteTaskMessage } from "../../lib/core/protocol/messages.ts";
import { exponentialBackoff } from "../../lib/core/values/retry.ts";
import { serviceHandler } from "../../lib/service/service-handler.ts";
import type { ServiceOptions } from "../../lib/service/service-options.ts";
import { taskContext } from "../../lib/service/task-context.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";

interface Watch {
  /** How long the attempt may take. */
  left(): Promise<number>;
  /** Waits for its signal, and gives the time that is left then. */
  heeds(): Promise<number>;
  fails(): Promise<never>;
}
const Watch = defineService<Watch>("Watch");

const watch: Watch = {
  left: async () => taskContext().remainingMs(),
  async heeds() {
    const { signal, remainingMs } = taskContext();
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve(remainingMs())));
  },
  async fails() {
    throw new RangeError("no");
  },
};

const clock = new ManualClock();
const handlerOf = (options: ServiceOptions<Watch>) =>
  serviceHandler(Watch, watch, options, {
    clock,
    random: () => 0.5,
    payloadStore: new MemoryPayloadStore(),
  });

const task = (method: string): ExecuteTaskMessage => ({
  kind: "execute-task",
  format: 1,
  id: "x1",
  at: 0,
  service: "Watch",
  method,
  args: [],
  taskId: "t1",
  sequence: 0,
  attempt: 0,
  caller: { workflow: "Tour", workflowId: "t-1", run: "r1", command: "0.0" },
});

/** The reply to one attempt of a method. */
async function replyTo(method: string, options: ServiceOptions<Watch> = {}, remainingMs?: number) {
  const context = remainingMs === undefined ? undefined : { getRemainingTimeInMillis: () => remainingMs };
  const records = [{ id: "m1", payload: JSON.stringify(task(method)) }];
  const { emits } = (await handlerOf(options)({ kind: "messages", records }, context)) as InvocationReply;
  return JSON.parse(emits[0]?.payload ?? "") as unknown;
}

describe("an attempt may take", () => {
  test.each([
    ["what its function has left, but for half a second", {}, 60_000, 59_500],
    ["the timeout of its service, where that is shorter", { timeout: "20s" }, 60_000, 20_000],
    ["fifteen minutes at most", {}, 3_600_000, 900_000],
  ] as const)("%s", async (_title, options, remainingMs, value) => {
    expect(await replyTo("left", options, remainingMs)).toMatchObject({ value });
  });
});

test.each([
  ["2s", 200],
  ["20s", 1_000],
  ["5m", 1_000],
] as const)("the signal of an attempt of %s fires %i ms before its end", async (timeout, graceMs) => {
  const reply = replyTo("heeds", { timeout });
  await clock.advance(300_000);
  expect(await reply).toMatchObject({ value: graceMs });
});

describe("a failed attempt", () => {
  test("of a method that the service does not have is the last, whatever the policy", async () => {
    const reply = await replyTo("winds", { retry: exponentialBackoff() });
    expect(reply).toMatchObject({ kind: "attempt-failed", failure: { name: "UnknownMethodError" } });
    expect(reply).not.toHaveProperty("nextInMs");
  });

  test("whose policy throws is the last: the policy's error fails the task, caused by the attempt's", async () => {
    const retry = (): number => {
      throw new TypeError("no policy");
    };
    const reply = await replyTo("fails", { retry });
    expect(reply).toMatchObject({ failure: { name: "TypeError", cause: { name: "RangeError" } } });
    expect(reply).not.toHaveProperty("nextInMs");
  });
});

test("a task's context is only where a task of a workflow runs, not in a direct invocation", async () => {
  const outside = { code: "OUTSIDE_WORKFLOW" };
  expect(() => taskContext()).toThrow(expect.objectContaining(outside));
  await expect(handlerOf({})({ method: "left" })).rejects.toMatchObject(outside);
});
