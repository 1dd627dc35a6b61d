import { expect, test } from "vitest";
import { nextDeadline, nextDueEvent } from "../../lib/core/model/due.ts";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import { at, begun, boom, child, stateOf, task, timer } from "./build.ts";

const retry = (retryAt: number, command = "0.0"): HistoryRecord =>
  at(1_100, { kind: "attempt-failed", command, sequence: 2, attempt: 3, failure: boom, retryAt });

/** Everything that is due at an instant, in order. */
function dueAt(instant: number, ...records: readonly HistoryRecord[]): string[] {
  const state = stateOf(begun(...records));
  const told: string[] = [];
  for (let event = nextDueEvent(state, instant); event; event = nextDueEvent(state, instant)) {
    told.push(`${event.kind} ${"command" in event ? event.command : ""} at ${event.at}`);
    state.apply(event);
  }
  return told;
}

test("nothing is due where nothing waits for time", () => {
  expect(nextDeadline(stateOf(begun(task("0.0"))))).toBeUndefined();
  expect(dueAt(1e12, task("0.0"), { kind: "receive", id: "0.1", channel: "word" })).toEqual([]);
});

test("the next deadline is the earliest of timers, retries and overall timeouts", () => {
  const all = [timer("0.0", 9_000), task("0.1", { timeoutMs: 3_000 }), child("0.2", { timeoutMs: 2_500 })];
  expect(nextDeadline(stateOf(begun(...all)))).toBe(3_500);
  expect(nextDeadline(stateOf(begun(...all, retry(1_300, "0.1"))))).toBe(1_300);
  expect(nextDeadline(stateOf(begun(...all, at(3_500, { kind: "child-timed-out", command: "0.2" }))))).toBe(
    4_000,
  );
});

test("something is due at its very instant, and not before", () => {
  expect(dueAt(1_999, timer("0.0", 2_000))).toEqual([]);
  expect(dueAt(2_000, timer("0.0", 2_000))).toEqual(["timer-fired 0.0 at 2000"]);
});

test("what is due is told in the order of its instants, then in the order issued", () => {
  const history = [
    timer("0.0", 4_000),
    timer("0.1", 2_000),
    task("0.2", { timeoutMs: 2_000 }),
    timer("0.3", 3_000),
    child("0.4", { timeoutMs: 1_500 }),
    timer("0.5", 9_000),
  ];
  expect(dueAt(5_000, ...history)).toEqual([
    "timer-fired 0.1 at 2000",
    "child-timed-out 0.4 at 2500",
    "task-timed-out 0.2 at 3000",
    "timer-fired 0.3 at 3000",
    "timer-fired 0.0 at 4000",
  ]);
});

test("a method that is called on another instance times out as a child does", () => {
  const call = { kind: "method", workflow: "Leg", workflowId: "l", method: "fly", args: [] } as const;
  expect(dueAt(2_000, { ...call, id: "0.0", timeoutMs: 500 })).toEqual(["child-timed-out 0.0 at 1500"]);
});

test("a time in the past is told as of now: time never steps back", () => {
  expect(dueAt(5_000, timer("0.0", 10), at(1_800, { kind: "child-canceled", command: "0.0" }))).toEqual([]);
  expect(dueAt(5_000, timer("0.0", 10))).toEqual(["timer-fired 0.0 at 1000"]);
});

test("a retry that is due is the next attempt of the same sequence, and is told before a timeout at the same instant", () => {
  const state = stateOf(begun(task("0.0", { timeoutMs: 500 })));
  state.apply(at(1_100, { kind: "attempt-due", command: "0.0", sequence: 2, attempt: 3 }));
  state.apply(retry(1_500));
  const due = nextDueEvent(state, 1_500);
  expect(due).toEqual({ kind: "attempt-due", at: 1_500, command: "0.0", sequence: 2, attempt: 4 });
  if (due) state.apply(due);
  expect(nextDueEvent(state, 1_500)).toEqual({ kind: "task-timed-out", at: 1_500, command: "0.0" });
});

test("a retry after the overall timeout never comes", () => {
  expect(dueAt(9_000, task("0.0", { timeoutMs: 500 }), retry(1_800))).toEqual(["task-timed-out 0.0 at 1500"]);
});
