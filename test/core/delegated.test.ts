import { describe, expect, test } from "vitest";
import { decide } from "../../lib/core/model/decide.ts";
import { nextDeadline, nextDueEvent } from "../../lib/core/model/due.ts";
import { hasReplied } from "../../lib/core/model/emits.ts";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import { viewOf } from "../../lib/core/model/view.ts";
import { decodeEngineMessage } from "../../lib/core/protocol/decode.ts";
import type { InstanceMessage } from "../../lib/core/protocol/messages.ts";
import { at, attemptFailed, begun, boom, key, stateOf, task } from "./build.ts";

const envelope = { format: 1, at: 1_500, ...key, command: "0.0" };
const handedOver = (more: object = {}): InstanceMessage => ({
  ...envelope,
  kind: "task-delegated",
  id: "d1",
  sequence: 0,
  attempt: 0,
  ...more,
});
const heartbeat = (id = "h1"): InstanceMessage => ({ ...envelope, kind: "heartbeat", id });
const result = (outcome: object, id = "r-1"): InstanceMessage =>
  ({ ...envelope, kind: "delegated-result", id, outcome }) as InstanceMessage;

const delegated = (heartbeatMs?: number): HistoryRecord =>
  at(1_500, {
    kind: "task-delegated",
    command: "0.0",
    sequence: 0,
    attempt: 0,
    ...(heartbeatMs !== undefined && { heartbeatMs }),
  });
const beat = (instant: number): HistoryRecord =>
  at(instant, { kind: "heartbeat", messageId: "h1", command: "0.0" });
const failed: HistoryRecord = at(1_600, {
  kind: "task-failed",
  command: "0.0",
  sequence: 0,
  attempt: 0,
  failure: boom,
  messageId: "r-1",
});

const decideOn = (history: readonly HistoryRecord[], message: InstanceMessage) =>
  decide(stateOf(history), message, 2_000);
const superseded = { kind: "ignore", reason: "superseded" };
const seen = { kind: "ignore", reason: "seen before" };

describe("handing a task over", () => {
  test.each([handedOver(), handedOver({ heartbeatMs: 500 }), heartbeat(), result({ kind: "completed" })])(
    "reads $kind as it was written",
    (message) => {
      expect(decodeEngineMessage(JSON.stringify(message), ["Trip"])).toEqual(message);
    },
  );

  test("is recorded once, for the attempt that runs", () => {
    const event = { kind: "task-delegated", at: 2_000, command: "0.0", sequence: 0, attempt: 0 };
    expect(decideOn(begun(task("0.0")), handedOver())).toEqual({ kind: "record", events: [event] });
    expect(decideOn(begun(task("0.0")), handedOver({ heartbeatMs: 500 }))).toEqual({
      kind: "record",
      events: [{ ...event, heartbeatMs: 500 }],
    });
    expect(decideOn(begun(task("0.0"), delegated()), handedOver())).toEqual(superseded);
    expect(decideOn(begun(task("0.0")), handedOver({ attempt: 1 }))).toEqual(superseded);
    expect(decideOn(begun(task("0.0")), handedOver({ sequence: 1 }))).toEqual(superseded);
    expect(decideOn(begun(task("0.0"), failed), handedOver())).toEqual(superseded);
  });

  test("proves that the attempt arrived, so that it is not sent again", () => {
    expect(hasReplied(stateOf(begun(task("0.0"))).command("0.0"), 0, 0)).toBe(false);
    expect(hasReplied(stateOf(begun(task("0.0"), delegated())).command("0.0"), 0, 0)).toBe(true);
  });

  test("makes a failure of the same attempt, run a second time, mean nothing", () => {
    expect(decideOn(begun(task("0.0"), delegated()), attemptFailed("0.0"))).toEqual(seen);
  });

  test("is shown, with the instant at which silence fails the task", () => {
    const waits = (heartbeatMs?: number) =>
      viewOf({ state: stateOf(begun(task("0.0"), delegated(heartbeatMs))), waiting: [] }).waitsFor.tasks;
    expect(waits(500)).toMatchObject([{ delegated: true, heartbeatBy: 2_000 }]);
    expect(waits()[0]).not.toHaveProperty("heartbeatBy");
  });
});

describe("the result of a delegated task", () => {
  test("completes it, handed over or not yet", () => {
    const completed = { kind: "completed", value: "ok" };
    const event = { kind: "task-completed", at: 2_000, command: "0.0", value: "ok", messageId: "r-1" };
    for (const history of [begun(task("0.0"), delegated()), begun(task("0.0"))]) {
      expect(decideOn(history, result(completed))).toEqual({ kind: "record", events: [event] });
    }
    const { value: _, ...empty } = event;
    expect(decideOn(begun(task("0.0")), result({ kind: "completed" }))).toEqual({
      kind: "record",
      events: [empty],
    });
  });

  test("fails it for good", () => {
    const event = { kind: "task-failed", at: 2_000, command: "0.0", sequence: 0, attempt: 0 };
    expect(decideOn(begun(task("0.0"), delegated()), result({ kind: "failed", failure: boom }))).toEqual({
      kind: "record",
      events: [{ ...event, failure: boom, messageId: "r-1" }],
    });
  });

  test("changes nothing once there is one, and the same message nothing after a retry by hand", () => {
    const history = begun(task("0.0"), delegated(), failed);
    expect(decideOn(history, result({ kind: "completed" }, "r-2"))).toEqual(superseded);
    const retried = [...history, at(1_700, { kind: "task-retried", command: "0.0", sequence: 1 })];
    expect(decideOn(retried, result({ kind: "failed", failure: boom }))).toEqual(seen);
    expect(decideOn(retried, result({ kind: "completed" }, "r-2"))).toMatchObject({ kind: "record" });
  });

  test("is for tasks only", () => {
    const timer: HistoryRecord = { kind: "timer", id: "0.0", dueAt: 9_000 };
    expect(decideOn(begun(timer), result({ kind: "completed" }))).toEqual(superseded);
    expect(decideOn(begun(), result({ kind: "completed" }))).toEqual(superseded);
  });
});

describe("a heartbeat", () => {
  test("puts the end of patience off", () => {
    const history = begun(task("0.0"), delegated(500));
    expect(nextDeadline(stateOf(history))).toBe(2_000);
    expect(decideOn(history, heartbeat())).toEqual({
      kind: "record",
      events: [{ kind: "heartbeat", at: 2_000, messageId: "h1", command: "0.0" }],
    });
    expect(nextDeadline(stateOf([...history, beat(1_900)]))).toBe(2_400);
  });

  test("that comes before the task is handed over is no handing over", () => {
    const state = stateOf(begun(task("0.0"), beat(1_400), delegated(500)));
    expect(nextDeadline(state)).toBe(2_000);
  });

  test("that is missed fails the task", () => {
    const state = stateOf(begun(task("0.0"), delegated(500)));
    expect(nextDueEvent(state, 1_999)).toBeUndefined();
    expect(nextDueEvent(state, 2_000)).toMatchObject({
      kind: "task-failed",
      at: 2_000,
      command: "0.0",
      failure: { name: "HeartbeatMissedError" },
    });
  });

  test("is not waited for any more once the task has an outcome, or after a retry by hand", () => {
    const history = begun(task("0.0"), delegated(500), failed);
    expect(nextDeadline(stateOf(history))).toBeUndefined();
    const retried = [...history, at(1_700, { kind: "task-retried", command: "0.0", sequence: 1 })];
    expect(nextDeadline(stateOf(retried))).toBeUndefined();
    expect(stateOf(retried).command("0.0").isDelegated).toBe(false);
  });

  test("leaves the overall timeout where it is", () => {
    const state = stateOf(begun(task("0.0", { timeoutMs: 700 }), delegated(500), beat(1_650)));
    expect(nextDueEvent(state, 1_700)).toMatchObject({ kind: "task-timed-out" });
  });
});
