import { expect, test } from "vitest";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import { emitsOfEntry, isProven, type OutboxEntry, sendsAnything } from "../../lib/core/model/outbox.ts";
import { at, begun, boom, child, stateOf, task, timer } from "./build.ts";

const entry = (from: number, to: number, wake?: number): OutboxEntry => ({
  number: 0,
  cause: "r1",
  from,
  to,
  ...(wake !== undefined && { wake }),
});
const completed = (command: string): HistoryRecord => at(1_100, { kind: "task-completed", command });
const attemptFailed = at(1_100, {
  kind: "attempt-failed",
  command: "0.0",
  sequence: 0,
  attempt: 0,
  failure: boom,
  retryAt: 1_500,
});
const attemptDue = at(1_500, { kind: "attempt-due", command: "0.0", sequence: 0, attempt: 1 });

const idsOf = (history: readonly HistoryRecord[], of: OutboxEntry) =>
  emitsOfEntry(stateOf(history), history, of).map(({ message }) => message.id);

test("an entry sends the messages of its range in order, then its wake-up, each with its event's instant", () => {
  const history = begun(task("0.0"), timer("0.1", 3_000), completed("0.0"), task("0.2"), child("0.3"));
  const emits = emitsOfEntry(stateOf(history), history, entry(4, 7, 3_000));
  expect(emits.map(({ message }) => [message.kind, message.at])).toEqual([
    ["execute-task", 1_100],
    ["start", 1_100],
    ["wake", 3_000],
  ]);
});

test("an entry sends the same when history has grown, less what has its reply (I3, I4)", () => {
  const early = begun(task("0.0"), task("0.1"));
  const whole = entry(0, early.length);
  const before = emitsOfEntry(stateOf(early), early, whole);
  const unrelated = [...early, at(1_200, { kind: "signal-received", messageId: "s", channel: "word" })];
  expect(emitsOfEntry(stateOf(unrelated), unrelated, whole)).toEqual(before);
  const replied = [...early, completed("0.0")];
  expect(emitsOfEntry(stateOf(replied), replied, whole)).toEqual(before.slice(1));
});

test("an entry of an attempt sends that attempt, until its reply has come", () => {
  const history = begun(task("0.0"), attemptFailed, attemptDue);
  expect(idsOf(history, entry(4, 5))).toEqual(["Trip:t-1:r1:0.0:0.1"]);
  expect(idsOf([...history, completed("0.0")], entry(4, 5))).toEqual([]);
});

test("an entry sends anything if a record of its range does, or if it arms a wake-up", () => {
  const history = begun(timer("0.0", 3_000), task("0.1"));
  const state = stateOf(history);
  expect(sendsAnything(state, history, entry(0, 3))).toBe(false);
  expect(sendsAnything(state, history, entry(0, 3, 3_000))).toBe(true);
  expect(sendsAnything(state, history, entry(3, 4))).toBe(true);
  expect(sendsAnything(state, history, entry(4, 4))).toBe(false);
});

test("an entry is proven published by the replies to all that it sent, and by nothing less", () => {
  const proven = (history: readonly HistoryRecord[], of: OutboxEntry) =>
    isProven(stateOf(history), history, of);
  const two = begun(task("0.0"), task("0.1"));
  expect(proven(two, entry(2, 4))).toBe(false);
  expect(proven([...two, completed("0.0")], entry(2, 4))).toBe(false);
  expect(proven([...two, completed("0.0"), completed("0.1")], entry(2, 4))).toBe(true);
  expect(proven([...two, completed("0.0"), completed("0.1")], entry(2, 4, 9_000))).toBe(false);
  const retried = begun(task("0.0"), attemptFailed, attemptDue);
  expect(proven(retried, entry(0, 3))).toBe(true);
  expect(proven(retried, entry(4, 5))).toBe(false);
  expect(proven([...retried, completed("0.0")], entry(4, 5))).toBe(true);
  const withChild = begun(task("0.0"), child("0.1"), completed("0.0"));
  expect(proven(withChild, entry(2, 4))).toBe(false);
});

test("an entry of a retry is proven published by the reply to that retry, not by an earlier one", () => {
  const failed = at(1_100, { kind: "task-failed", command: "0.0", sequence: 0, attempt: 0, failure: boom });
  const byHand = at(1_200, { kind: "task-retried", command: "0.0", sequence: 1 });
  const byCode: HistoryRecord = { kind: "task-retry", id: "0.1", task: "0.0", sequence: 1 };
  for (const [name, retry] of Object.entries({ byHand, byCode })) {
    const history = begun(task("0.0"), failed, retry);
    const proven = (records: readonly HistoryRecord[], of: OutboxEntry) =>
      isProven(stateOf(records), records, of);
    expect([name, proven(history, entry(0, 3)), proven(history, entry(4, 5))]).toEqual([name, true, false]);
    expect([name, proven([...history, completed("0.0")], entry(4, 5))]).toEqual([name, true]);
    expect(idsOf(history, entry(4, 5))).toEqual(["Trip:t-1:r1:0.0:1.0"]);
  }
});

test("an entry is proven by its own range alone", () => {
  const history = begun(task("0.0"), completed("0.0"), task("0.1"));
  expect(isProven(stateOf(history), history, entry(2, 4))).toBe(true);
});
