import { expect, test } from "vitest";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import { taskViewOf } from "../../lib/core/model/task-view.ts";
import { at, begun, boom, stateOf, task, timer } from "./build.ts";

const view = (...records: readonly HistoryRecord[]) => {
  const history = begun(...records);
  return taskViewOf({ state: stateOf(history), history }, "0.0");
};
const NAMES = {
  taskId: "Trip:t-1:r1:0.0",
  service: "Flights",
  method: "reserve",
  attempt: 0,
  sequence: 0,
};

test("a task that runs says what it was dispatched with, and when it is over its timeout", () => {
  expect(view(task("0.0", { tags: ["vip"], meta: { by: "me" }, timeoutMs: 9_000 }))).toEqual({
    ...NAMES,
    status: "running",
    tags: ["vip"],
    meta: { by: "me" },
    timeoutAt: 10_000,
  });
});

test("its meta is as the last attempt left it, and the last failure is told with when it is tried again", () => {
  const failed = { kind: "attempt-failed", command: "0.0", sequence: 0, attempt: 0, failure: boom } as const;
  const records = [
    task("0.0", { meta: { by: "me" } }),
    at(1_100, { ...failed, retryAt: 2_000, meta: { by: 1 } }),
  ];
  expect(view(...records)).toEqual({
    ...NAMES,
    status: "running",
    meta: { by: 1 },
    retryAt: 2_000,
    lastFailure: boom,
  });
  const due = at(2_000, { kind: "attempt-due", command: "0.0", sequence: 0, attempt: 1 });
  expect(view(...records, due)).toMatchObject({ attempt: 1, lastFailure: boom });
});

test("a delegated task says so, and by when a heartbeat is due", () => {
  const delegated = { kind: "task-delegated", command: "0.0", sequence: 0, attempt: 0 } as const;
  expect(view(task("0.0"), at(1_100, delegated))).toEqual({ ...NAMES, status: "running", delegated: true });
  expect(view(task("0.0"), at(1_100, { ...delegated, heartbeatMs: 500 }))).toEqual({
    ...NAMES,
    status: "running",
    delegated: true,
    heartbeatBy: 1_600,
  });
});

test("a task that has an outcome says which, whatever its timeout was", () => {
  const issued = task("0.0", { timeoutMs: 9_000 });
  const completed = { kind: "task-completed", command: "0.0" } as const;
  const other = at(1_200, { kind: "task-completed", command: "0.1", value: "other" });
  expect(view(issued, task("0.1"), at(1_100, { ...completed, value: "done" }), other)).toEqual({
    ...NAMES,
    status: "completed",
    result: "done",
  });
  expect(view(issued, at(1_100, completed))).toEqual({ ...NAMES, status: "completed" });
  const failed = { kind: "task-failed", command: "0.0", sequence: 0, attempt: 0, failure: boom } as const;
  expect(view(issued, at(1_100, failed))).toEqual({
    ...NAMES,
    status: "failed",
    error: boom,
    lastFailure: boom,
  });
  const timedOut = at(10_000, { kind: "task-timed-out", command: "0.0" });
  expect(view(issued, timedOut)).toEqual({ ...NAMES, status: "timedOut" });
});

test("a task that was retried by hand tells the new outcome", () => {
  const failed = { kind: "task-failed", command: "0.0", sequence: 0, attempt: 0, failure: boom } as const;
  const retried = at(1_200, { kind: "task-retried", command: "0.0", sequence: 1 });
  const again = [task("0.0"), at(1_100, failed), retried];
  expect(view(...again)).toMatchObject({ status: "running", sequence: 1 });
  const done = at(1_300, { kind: "task-completed", command: "0.0", value: 1 });
  expect(view(...again, done)).toMatchObject({ status: "completed", sequence: 1, result: 1 });
});

test("a task that its instance left behind, or whose method was canceled, is canceled", () => {
  const ended = { kind: "method-completed", method: 0 } as const;
  expect(view(task("0.0"), ended)).toEqual({ ...NAMES, status: "canceled" });
  const canceled = at(1_100, { kind: "method-canceled", method: 0 });
  expect(view(task("0.0"), canceled)).toMatchObject({ status: "canceled" });
});

test("what is no task has no view", () => {
  expect(view()).toBeUndefined();
  expect(view(timer("0.0", 5_000))).toBeUndefined();
});
