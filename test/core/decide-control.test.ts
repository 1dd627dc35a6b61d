import { describe, expect, test } from "vitest";
import { decide } from "../../lib/core/model/decide.ts";
import { nextDeadline } from "../../lib/core/model/due.ts";
import { emitsOf } from "../../lib/core/model/emits.ts";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import { isProven } from "../../lib/core/model/outbox.ts";
import { RecordedCommands } from "../../lib/core/model/recorded-commands.ts";
import { decodeEngineMessage } from "../../lib/core/protocol/decode.ts";
import type { InstanceMessage } from "../../lib/core/protocol/messages.ts";
import { at, begun, boom, key, methodStarted, stateOf, task, timer } from "./build.ts";

type Control = Extract<InstanceMessage, { kind: "retry" | "retry-tasks" | "complete-timers" }>;
const control = (kind: Control["kind"], more: object = {}): Control => ({
  format: 1,
  id: "x1",
  at: 1_500,
  workflow: key.workflow,
  workflowId: key.workflowId,
  kind,
  ...more,
});
const failed = (method = 0, held?: object): HistoryRecord =>
  ({ kind: "method-failed", method, failure: boom, ...(held && { held }) }) as HistoryRecord;
const taskFailed = (command: string): HistoryRecord =>
  at(1_100, { kind: "task-failed", command, sequence: 0, attempt: 0, failure: boom });
const retried = (command: string, sequence = 1): HistoryRecord =>
  at(2_000, { kind: "task-retried", command, sequence });

/** What a message does beside being remembered. */
function done(history: readonly HistoryRecord[], message: Control): unknown[] {
  const decision = decide(stateOf(history), message, 2_000);
  if (decision.kind === "answer") expect.unreachable();
  if (decision.kind === "ignore") return [decision.reason];
  const [requested, ...events] = decision.events;
  expect(requested).toMatchObject({ at: 2_000, messageId: "x1" });
  return events.map(({ at: _at, ...event }) => event);
}

describe.each(["retry", "retry-tasks", "complete-timers"] as const)("%s", (kind) => {
  test("is read as it was written, remembered, and done once", () => {
    const message = control(kind);
    expect(decodeEngineMessage(JSON.stringify(message), ["Trip"])).toEqual(message);
    const history = begun();
    const decision = decide(stateOf(history), message, 2_000);
    if (decision.kind !== "record") expect.unreachable();
    expect(decision.events).toHaveLength(1);
    expect(done([...history, ...decision.events], message)).toEqual(["seen before"]);
  });

  test("finds nothing to do in an instance that has ended", () => {
    expect(done(begun({ kind: "method-completed", method: 0 }), control(kind))).toEqual(["instance ended"]);
  });
});

describe("retry", () => {
  const history = begun(
    task("0.0"),
    failed(),
    methodStarted({ method: 1 }),
    failed(1),
    methodStarted({ method: 2 }),
  );

  test("runs every failed method again, or the one that is named", () => {
    const again = (method: number) => ({ kind: "method-retried", method });
    expect(done(history, control("retry"))).toEqual([again(0), again(1)]);
    expect(done(history, control("retry", { methodId: "m1" }))).toEqual([again(1)]);
    expect(done(history, control("retry", { methodId: "m2" }))).toEqual([]);
  });

  test("leaves a method that waits for its task to the retry of that", () => {
    const held = { command: "0.0", outcome: 1, from: 1 };
    expect(done(begun(task("0.0"), taskFailed("0.0"), failed(0, held)), control("retry"))).toEqual([]);
  });

  test("makes the method run", () => {
    const state = stateOf([...begun(failed()), at(2_000, { kind: "method-retried", method: 0 })]);
    expect([state.status, state.methods[0]?.status]).toEqual(["running", "running"]);
  });
});

describe("retry-tasks", () => {
  const history = begun(
    task("0.0"),
    task("0.1", { service: "Hotels" }),
    task("0.2"),
    timer("0.3", 9_000),
    taskFailed("0.0"),
    at(1_200, { kind: "task-timed-out", command: "0.1" }),
  );

  test.each<[object, readonly string[]]>([
    [{}, ["0.0", "0.1"]],
    [{ status: "failed" }, ["0.0"]],
    [{ status: "timedOut" }, ["0.1"]],
    [{ service: "Hotels" }, ["0.1"]],
    [{ service: "Hotels", status: "failed" }, []],
    [{ taskId: "Trip:t-1:r1:0.0" }, ["0.0"]],
    [{ taskId: "Trip:t-1:r1:0.2" }, []],
  ])("%o begins a new sequence of each task that fits and has no value", (which, commands) => {
    expect(done(history, control("retry-tasks", which))).toEqual(
      commands.map((command) => ({ kind: "task-retried", command, sequence: 1 })),
    );
  });

  test("gives the task its first attempt and its whole overall timeout again", () => {
    const state = stateOf(begun(task("0.0", { timeoutMs: 500 }), taskFailed("0.0"), retried("0.0")));
    expect(state.command("0.0")).toMatchObject({
      status: "pending",
      sequence: 1,
      attempt: 0,
      issuedAt: 2_000,
    });
    expect(nextDeadline(state)).toBe(2_500);
    expect(nextDeadline(stateOf(begun(task("0.0"), taskFailed("0.0"), retried("0.0"))))).toBeUndefined();
  });

  test("sends the attempt under an id of its own, with the failure before it, until its reply has come", () => {
    const sent = begun(task("0.0"), taskFailed("0.0"), retried("0.0"));
    expect(emitsOf(stateOf(sent), retried("0.0"), 2_000)[0]?.message).toMatchObject({
      id: "Trip:t-1:r1:0.0:1.0",
      sequence: 1,
      attempt: 0,
      lastFailure: boom,
    });
    const entry = { number: 0, cause: "x1", from: 4, to: 5 };
    expect(isProven(stateOf(sent), sent, entry)).toBe(false);
    const replied = [...sent, at(2_100, { kind: "task-completed", command: "0.0" })];
    expect(emitsOf(stateOf(replied), retried("0.0"), 2_000)).toEqual([]);
    expect(isProven(stateOf(replied), replied, entry)).toBe(true);
  });
});

describe("complete-timers", () => {
  const history = begun(
    timer("0.0", 9_000),
    timer("0.1", 1_050),
    task("0.2"),
    at(1_050, { kind: "timer-fired", command: "0.1" }),
    methodStarted({ method: 1 }),
    timer("1.0", 9_000),
  );

  test("fires every timer that is pending, or those of one method", () => {
    const fired = (command: string) => ({ kind: "timer-fired", command });
    expect(done(history, control("complete-timers"))).toEqual([fired("0.0"), fired("1.0")]);
    expect(done(history, control("complete-timers", { methodId: "m1" }))).toEqual([fired("1.0")]);
  });
});

test.each(["failed", "timedOut"])("a retry of tasks may say %s, and nothing else", (status) => {
  const text = JSON.stringify(control("retry-tasks", { status }));
  expect(decodeEngineMessage(text, ["Trip"])).toMatchObject({ status });
  const refusal = expect.objectContaining({ code: "MESSAGE_UNDECODABLE" });
  expect(() => decodeEngineMessage(text.replace(status, "lost"), ["Trip"])).toThrow(refusal);
});

describe("a script of a method that failed for good", () => {
  const history = [
    ...begun(task("0.0")),
    failed(),
    at(1_200, { kind: "signal-received", messageId: "s", channel: "w" }),
  ];
  const end = history.length;
  const issued = { ...task("0.1"), id: "0.1" } as never;

  test("has the repaired code's commands beyond the failure as new, when it is retried", () => {
    const script = new RecordedCommands(history, "simple", 0);
    script.enterSegment(end);
    expect([script.isPastFailure(0), script.isPastFailure(1), [...script.failed]]).toEqual([true, false, []]);
    expect(script.recorded(issued)).toBeUndefined();
  });

  test("swallows them while the failure stands", () => {
    const script = new RecordedCommands(history);
    script.enterSegment(end);
    expect([...script.failed]).toEqual([0]);
    expect(script.recorded(issued)).toBe(issued);
  });

  test("expects them once they are history", () => {
    const again = [...history, at(2_000, { kind: "method-retried", method: 0 }), task("0.1"), failed()];
    const script = new RecordedCommands(again);
    script.enterSegment(end);
    expect([...script.failed]).toEqual([0]);
    expect(script.recorded(issued)).toEqual(task("0.1"));
    script.goLive();
    expect(script.isPastFailure(0)).toBe(false);
  });
});
