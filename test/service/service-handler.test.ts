import { describe, expect, test } from "vitest";
import { MemoryPayloadStore } from "../../lib/adapters/memory/payload-store.ts";
import { defineService } from "../../lib/core/contract/definition.ts";
import type { InvocationReply, InvocationRequest } from "../../lib/core/protocol/invocation.ts";
import type { ExecuteTaskMessage } from "../../lib/core/protocol/messages.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import { type ServiceHandler, serviceHandler } from "../../lib/service/service-handler.ts";
import type { ServiceOptions } from "../../lib/service/service-options.ts";
import { taskContext } from "../../lib/service/task-context.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";

interface Mails {
  send(to: string): Promise<string>;
  read(box: string): Promise<string>;
  hand(to: string): Promise<string>;
}
const Mails = defineService<Mails>("Mails");

const mails: Mails = {
  send: async (to) => `alone to ${to}`,
  read: async (box) => `read ${box}`,
  hand: async () => "ignored",
};

const handlerOf = (options: ServiceOptions<Mails>, clock = new ManualClock()): ServiceHandler =>
  serviceHandler(
    Mails,
    mails,
    { retry: noRetry, ...options },
    {
      clock,
      random: () => 0.5,
      payloadStore: new MemoryPayloadStore(),
    },
  );

const task = (id: string, more: Partial<ExecuteTaskMessage> = {}): ExecuteTaskMessage => ({
  kind: "execute-task",
  format: 1,
  id,
  at: 0,
  service: "Mails",
  method: "send",
  args: [id],
  taskId: id,
  sequence: 0,
  attempt: 0,
  caller: { workflow: "Tour", workflowId: "t-1", run: "r1", command: `0.${id}` },
  ...more,
});

const requestOf = (...tasks: readonly ExecuteTaskMessage[]): InvocationRequest => ({
  kind: "messages",
  records: tasks.map((one, index) => ({ id: `m${index}`, payload: JSON.stringify(one) })),
});

/** What is replied to each record, by its id. */
async function repliesOf(handler: ServiceHandler, request: InvocationRequest) {
  const { emits } = (await handler(request)) as InvocationReply;
  return Object.fromEntries(emits.map(({ cause, payload }) => [cause, JSON.parse(payload)]));
}

const echo = async (tasks: ReadonlyMap<string, readonly [string]>) =>
  new Map([...tasks].map(([taskId, [to]]) => [taskId, `to ${to}`]));

describe("a batched method", () => {
  test("is called for the tasks of each batch key, beside tasks of other methods", async () => {
    const batches: unknown[] = [];
    const handler = handlerOf({
      batched: {
        send: async (tasks, { service, method, batchKey }) => {
          batches.push([service, method, batchKey, [...tasks.keys()]]);
          return echo(tasks);
        },
      },
    });
    const eu = { meta: { batchKey: "eu" } };
    const replies = await repliesOf(
      handler,
      requestOf(
        task("a"),
        task("b", eu),
        task("c", { meta: { batchKey: 7 } }),
        task("d", { method: "read" }),
        task("e", eu),
      ),
    );
    expect(batches).toEqual([
      ["Mails", "send", undefined, ["a", "c"]],
      ["Mails", "send", "eu", ["b", "e"]],
    ]);
    expect(
      Object.values(replies)
        .map(({ value }) => value)
        .sort(),
    ).toEqual(["read d", "to a", "to b", "to c", "to e"]);
  });

  test("answers each record of a task that came twice, by the attempt it is", async () => {
    const handler = handlerOf({ batched: { send: async () => new Map([["a", new Error("no")]]) } });
    const replies = await repliesOf(handler, requestOf(task("a"), task("a", { sequence: 1 })));
    expect(replies).toMatchObject({ m0: { sequence: 0 }, m1: { sequence: 1, kind: "attempt-failed" } });
  });

  test("gives taskContext by id only; the tasks share a signal", async () => {
    const seen: unknown[] = [];
    const handler = handlerOf({
      batched: {
        send: async (tasks, { signal }) => {
          for (const id of tasks.keys()) {
            const context = taskContext(id);
            context.meta["seen"] = id;
            seen.push([context.taskId, context.signal === signal]);
          }
          expect(() => taskContext()).toThrow("with the id of a task that runs here, got none");
          expect(() => taskContext("z")).toThrow("with the id of a task that runs here, got z");
          throw new Error("no");
        },
      },
    });
    const replies = await repliesOf(handler, requestOf(task("a"), task("b")));
    expect(seen).toEqual([
      ["a", true],
      ["b", true],
    ]);
    expect(replies).toMatchObject({
      m0: { failure: { message: "no" }, meta: { seen: "a" } },
      m1: { failure: { message: "no" }, meta: { seen: "b" } },
    });
  });

  test("that gives nothing has completed every task", async () => {
    const log = defineService<{ write(line: string): Promise<void> }>("Mails");
    const handler = serviceHandler(
      log,
      { write: async () => undefined },
      { batched: { write: async () => undefined } },
      { clock: new ManualClock(), random: () => 0.5, payloadStore: new MemoryPayloadStore() },
    );
    const replies = await repliesOf(handler, requestOf(task("a", { method: "write" })));
    expect(replies["m0"]).toMatchObject({ kind: "task-completed" });
    expect(replies["m0"]).not.toHaveProperty("value");
  });

  test("that gives no Map fails every task", async () => {
    // @ts-expect-error it gives an array
    const handler = handlerOf({ batched: { send: async () => ["to a"] } });
    expect(await repliesOf(handler, requestOf(task("a"), task("b")))).toMatchObject({
      m0: { kind: "attempt-failed", failure: { name: "InvalidBatchResultError" } },
      m1: { kind: "attempt-failed", failure: { name: "InvalidBatchResultError" } },
    });
  });

  test("fails only the tasks whose results are not JSON or too large", async () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const handler = handlerOf({
      batched: {
        send: async () =>
          new Map<string, string>([
            ["a", "fine"],
            ["b", cycle as string],
            ["c", "x".repeat(6 * 1024 * 1024)],
          ]),
      },
    });
    expect(await repliesOf(handler, requestOf(task("a"), task("b"), task("c")))).toMatchObject({
      m0: { value: "fine" },
      m1: { failure: { name: "TypeError" } },
      m2: { failure: { name: "ResultTooLargeError" } },
    });
  });

  test("is abandoned at the timeout, which fails each of its tasks, after its signal has fired", async () => {
    const clock = new ManualClock();
    const fired: number[] = [];
    const handler = handlerOf(
      {
        timeout: "10s",
        batched: {
          send: async (_tasks, { signal }) => {
            signal.addEventListener("abort", () => fired.push(clock.now()));
            return new Promise<never>(() => undefined);
          },
        },
      },
      clock,
    );
    const startedAt = clock.now();
    const replies = repliesOf(handler, requestOf(task("a"), task("b")));
    await clock.advance(10_000);
    expect(await replies).toMatchObject({
      m0: { failure: { name: "AttemptTimedOutError" } },
      m1: { failure: { name: "AttemptTimedOutError" } },
    });
    expect(fired).toEqual([startedAt + 9_000]);
  });

  test("is not called for records that killed each invocation: their policy alone is asked", async () => {
    const handler = handlerOf({ batched: { send: async () => expect.unreachable() } });
    const request = { ...requestOf(task("a")), died: true };
    expect(await repliesOf(handler, request)).toMatchObject({
      m0: { failure: { name: "InvocationDiedError" } },
    });
  });

  test("runs as a batch of one when it is invoked directly", async () => {
    expect(await handlerOf({ batched: { send: echo } })({ method: "send", args: ["me"] })).toBe("to me");
  });
});

describe("a delegated method", () => {
  test("tells that the task was handed over, whatever it returns", async () => {
    const handler = handlerOf({ delegated: { hand: { heartbeatTimeout: "30s" }, send: true } });
    const replies = await repliesOf(handler, requestOf(task("a"), task("b", { method: "hand", attempt: 2 })));
    expect(replies["m0"]).toMatchObject({ kind: "task-delegated", sequence: 0, attempt: 0, command: "0.a" });
    expect(replies["m0"]).not.toHaveProperty("value");
    expect(replies["m1"]).toMatchObject({ kind: "task-delegated", attempt: 2, heartbeatMs: 30_000 });
  });

  test("that throws is a failed attempt, as is one of a batch", async () => {
    const fails = new Map([["b", new RangeError("nobody there")]]);
    const handler = handlerOf({
      delegated: { send: true },
      batched: { send: async () => new Map<string, string | Error>([["a", "given"], ...fails]) },
    });
    expect(await repliesOf(handler, requestOf(task("a"), task("b")))).toMatchObject({
      m0: { kind: "task-delegated" },
      m1: { kind: "attempt-failed", failure: { message: "nobody there" } },
    });
  });
});

describe("options that are refused", () => {
  test.each<[string, unknown, string]>([
    [
      "an unknown option",
      { retries: 3 },
      "expected options retry, timeout, batched, delegated, interceptors, got retries",
    ],
    [
      "a batched method that is none",
      { batched: { sned: echo } },
      "expected methods of the service only, got sned",
    ],
    ["a delegated method that is none", { delegated: { toString: true } }, "got toString"],
    [
      "a batched method that is no function",
      { batched: { send: true } },
      "expected batched send to be a function",
    ],
    [
      "a delegated method that is not",
      { delegated: { hand: false } },
      "expected delegated hand to be true or",
    ],
    ["no time", { delegated: { hand: { heartbeatTimeout: 0 } } }, "expected delegated hand to be true or"],
  ])("%s", (_, options, message) => {
    expect(() => handlerOf(options as ServiceOptions<Mails>)).toThrow(message);
  });
});
