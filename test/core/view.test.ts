import { describe, expect, test } from "vitest";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import { resultOf, viewOf } from "../../lib/core/model/view.ts";
import { at, begun, boom, child, methodStarted, signal, started, stateOf, task, timer } from "./build.ts";

const view = (history: readonly HistoryRecord[], more: object = {}) =>
  viewOf({ state: stateOf(history), waiting: [], ...more });
const failed: HistoryRecord = { kind: "method-failed", method: 0, failure: boom };

test("a view says what the instance is, and how its methods stand", () => {
  const history = [
    started({ version: 2, tags: ["vip"], meta: { by: "me" } }),
    methodStarted(),
    methodStarted({ method: 1, at: 1_200, name: "more" }),
    { kind: "method-completed", method: 1 } as const,
  ];
  expect(view(history)).toEqual({
    workflow: "Trip",
    workflowId: "t-1",
    run: "r1",
    version: 2,
    status: "running",
    startedAt: 1_000,
    updatedAt: 1_200,
    tags: ["vip"],
    meta: { by: "me" },
    methods: [
      { methodId: "main", name: "run", status: "running", startedAt: 1_000 },
      { methodId: "m1", name: "more", status: "completed", startedAt: 1_200, endedAt: 1_200 },
    ],
    waitsFor: { tasks: [], children: [], timers: [], receives: [] },
  });
});

test("a view says what a method waits for, also while it is failed, which is open", () => {
  const history = begun(
    task("0.0", { timeoutMs: 9_000 }),
    task("0.1"),
    child("0.2"),
    { kind: "method", id: "0.3", workflow: "Tour", workflowId: "p", method: "go", args: [] },
    timer("0.4", 5_000),
    { kind: "receive", id: "0.5", channel: "word" },
    { kind: "inline", id: "0.6" },
    task("0.7"),
    at(1_100, { kind: "task-completed", command: "0.7" }),
    at(1_100, {
      kind: "attempt-failed",
      command: "0.0",
      sequence: 0,
      attempt: 0,
      failure: boom,
      retryAt: 2_000,
    }),
  );
  const names = { service: "Flights", method: "reserve", sequence: 0, attempt: 0 };
  const waitsFor = {
    tasks: [
      { ...names, taskId: "Trip:t-1:r1:0.0", retryAt: 2_000, timeoutAt: 10_000, lastFailure: boom },
      { ...names, taskId: "Trip:t-1:r1:0.1" },
    ],
    children: [
      { workflow: "Leg", workflowId: "leg-0.2", method: "fly" },
      { workflow: "Tour", workflowId: "p", method: "go" },
    ],
    timers: [{ id: "Trip:t-1:r1:0.4", dueAt: 5_000 }],
    receives: [{ channel: "word" }],
    wakeUpAt: 2_000,
  };
  expect(view(history, { armed: 2_000 })).toMatchObject({ status: "running", waitsFor });
  expect(view([...history, failed], { armed: 2_000 })).toMatchObject({ status: "failed", waitsFor });
});

test("a view leaves out what an ended method, or an ended instance, no longer waits for", () => {
  const nothing = { tasks: [], children: [], timers: [], receives: [] };
  const done: HistoryRecord = { kind: "method-completed", method: 0 };
  const open = begun(task("0.0"), timer("0.1", 5_000), methodStarted({ method: 1 }));
  expect(view([...open, done]).waitsFor).toEqual(nothing);
  expect(view([...begun(task("0.0")), done], { armed: 2_000 })).toMatchObject({
    status: "completed",
    waitsFor: nothing,
  });
  expect(view([...begun(task("0.0")), done], { armed: 2_000 }).waitsFor).not.toHaveProperty("wakeUpAt");
});

test("a view says why an instance is stopped, and how many messages wait", () => {
  const stopped = { failure: boom, retryAt: 9_000, attempts: 1 };
  expect(view(begun(), { stopped, waiting: [signal()] })).toMatchObject({
    status: "stopped",
    stopped: { failure: boom, retryAt: 9_000, messages: 1 },
  });
});

describe("the result of a method", () => {
  test.each<[object, readonly HistoryRecord[]]>([
    [{ status: "running" }, begun()],
    [{ status: "completed" }, begun({ kind: "method-completed", method: 0 })],
    [{ status: "completed", result: null }, begun({ kind: "method-completed", method: 0, value: null })],
    [{ status: "failed", error: boom }, begun(failed)],
    [{ status: "canceled" }, begun(at(1_100, { kind: "method-canceled", method: 0 }))],
    [{ status: "canceled" }, begun(failed, at(1_100, { kind: "method-canceled", method: 0, number: 2 }))],
  ])("is %o", (result, history) => {
    expect(resultOf(stateOf(history), "main")).toEqual(result);
  });

  test("that there is not is undefined", () => {
    expect(resultOf(stateOf(begun()), "m1")).toBeUndefined();
  });
});

test("EDG-35 a view tells of errors that nobody could catch", () => {
  const uncaught = [{ at: 1_100, method: "run", failure: boom }];
  expect(view(begun(), { uncaught }).uncaught).toEqual(uncaught);
  expect(view(begun(), { uncaught: [] })).not.toHaveProperty("uncaught");
});
