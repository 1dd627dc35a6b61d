import { describe, expect, test } from "vitest";
import { isCommand } from "../../lib/core/commands/command.ts";
import { deadlineOf } from "../../lib/core/model/command-state.ts";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import { isCodeEvent, isEnding } from "../../lib/core/model/history.ts";
import { at, begun, boom, caller, child, methodStarted, started, stateOf, task, timer } from "./build.ts";

const failed: HistoryRecord = { kind: "method-failed", method: 0, failure: boom };
const completed: HistoryRecord = { kind: "method-completed", method: 0, value: "done" };
const canceled = at(1_900, { kind: "cancel-requested", messageId: "c1" });

describe("an instance", () => {
  test("knows what it was started as", () => {
    const facts = { version: 3, tags: ["vip"], meta: { by: "me" }, customId: "c", traceparent: "00-1" };
    expect(stateOf([started(facts)])).toMatchObject({ ...facts, startedAt: 1_000, now: 1_000 });
    expect(stateOf([started()])).toMatchObject({ version: 1, tags: [], meta: {}, customId: undefined });
  });

  test("sees the instant of the last event as now, whatever commands follow", () => {
    expect(
      stateOf(
        begun(at(1_700, { kind: "attempt-due", command: "0.0", sequence: 0, attempt: 1 })).toSpliced(
          2,
          0,
          task("0.0"),
        ),
      ).now,
    ).toBe(1_700);
  });

  test("knows the messages whose effect it has", () => {
    const { seen } = stateOf(
      begun(at(1_100, { kind: "signal-received", messageId: "s1", channel: "word" }), canceled),
    );
    expect([...seen]).toEqual(["r1", "s1", "c1"]);
  });

  test.each<HistoryRecord>([
    at(1_100, { kind: "signal-received", messageId: "x", channel: "word" }),
    at(1_100, { kind: "cancel-requested", messageId: "x", methodId: "main" }),
    at(1_100, { kind: "retry-requested", messageId: "x" }),
    at(1_100, { kind: "task-retry-requested", messageId: "x" }),
    at(1_100, { kind: "timers-completion-requested", messageId: "x" }),
    at(1_100, { kind: "heartbeat", messageId: "x", command: "0.0" }),
    at(1_100, { kind: "caller-attached", messageId: "x", caller, endings: 0 }),
    at(1_100, { kind: "task-completed", messageId: "x", command: "0.0" }),
    at(1_100, {
      ...{ kind: "task-failed", messageId: "x", command: "0.0", sequence: 0, attempt: 0, failure: boom },
    }),
    methodStarted({ method: 1, messageId: "x" }),
  ])("knows the message of a $kind, so that it has no effect again (I1)", (record) => {
    expect(stateOf(begun(task("0.0"), record)).seen.has("x")).toBe(true);
  });

  test("knows no message of an outcome that a service sent: the command's state tells", () => {
    const outcome = at(1_100, { kind: "task-completed", command: "0.0" });
    expect([...stateOf(begun(task("0.0"), outcome)).seen]).toEqual(["r1"]);
  });

  test.each<[string, boolean, readonly HistoryRecord[]]>([
    ["running", false, [started()]],
    ["running", false, begun()],
    ["completed", true, begun(completed)],
    ["failed", false, begun(failed)],
    ["running", false, begun(failed, methodStarted({ method: 1 }))],
    ["failed", false, begun(failed, methodStarted({ method: 1 }), { kind: "method-completed", method: 1 })],
    [
      "completed",
      true,
      begun(completed, methodStarted({ method: 1 }), at(2, { kind: "method-canceled", method: 1 })),
    ],
    ["canceled", true, begun(at(1_100, { kind: "method-canceled", method: 0 }))],
    ["canceled", true, begun(completed, canceled)],
    ["running", false, begun(at(1_100, { kind: "cancel-requested", messageId: "c", methodId: "m1" }))],
  ])("is %s (ended: %s) as its methods say", (status, ended, history) => {
    expect(stateOf(history)).toMatchObject({ status, ended });
  });

  test("is running while a method that it called on itself is on its way", () => {
    const call = (id: string, workflowId: string): HistoryRecord => ({
      kind: "method",
      id,
      workflow: "Trip",
      workflowId,
      method: "more",
      args: [],
    });
    const state = stateOf(begun(call("0.0", "t-1"), completed));
    expect(state.status).toBe("running");
    state.apply(methodStarted({ method: 1, messageId: "Trip:t-1:r1:0.0" }));
    state.apply({ kind: "method-completed", method: 1 });
    expect(state.status).toBe("completed");
    expect(stateOf(begun(call("0.0", "t-2"), completed)).status).toBe("completed");
  });

  test.each<HistoryRecord>([
    { kind: "method", id: "0.0", workflow: "Tour", workflowId: "t-1", method: "more", args: [] },
    { kind: "signal", id: "0.0", workflow: "Trip", workflowId: "t-1", channel: "word" },
    child("0.0", { workflow: "Trip", workflowId: "t-1" }),
  ])("does not wait for what is no method of its own: $kind", (command) => {
    expect(stateOf(begun(command, completed)).status).toBe("completed");
  });

  test("refuses a history that speaks of a command it does not have", () => {
    const history = begun(at(1_100, { kind: "task-completed", command: "0.3" }));
    expect(() => stateOf(history)).toThrow(expect.objectContaining({ code: "STATE_CORRUPT" }));
  });
});

describe("a method", () => {
  test("begins with its names and its caller, and counts its commands", () => {
    expect(stateOf([started(), methodStarted({ caller }), task("0.0"), timer("0.1", 9)]).methods).toEqual([
      {
        index: 0,
        id: "main",
        name: "run",
        startedAt: 1_000,
        caller,
        attached: [],
        status: "running",
        endings: [],
        issued: 2,
        held: new Set(),
        heldAny: [],
      },
    ]);
  });

  test("ends with its outcome", () => {
    const ended = { endedAt: 1_000 };
    expect(stateOf(begun(completed)).methods[0]).toMatchObject({
      ...ended,
      status: "completed",
      endings: [{ kind: "completed", value: "done" }],
    });
    expect(stateOf(begun({ kind: "method-completed", method: 0 })).methods[0]?.endings).toEqual([
      { kind: "completed" },
    ]);
    expect(stateOf(begun(failed)).methods[0]).toMatchObject({
      ...ended,
      status: "failed",
      endings: [{ kind: "failed", failure: boom }],
    });
  });

  test("that is held resumes with the next outcome of the command that it waits for, and of no other", () => {
    const history = begun(
      task("0.0"),
      task("0.1"),
      methodStarted({ method: 1 }),
      at(1_100, { kind: "task-failed", command: "0.0", sequence: 0, attempt: 0, failure: boom }),
      { ...failed, held: { command: "0.0", outcome: 1, from: 1 } },
    );
    const state = stateOf(history);
    expect(state.methods[0]).toMatchObject({ status: "failed", held: new Set(["0.0"]) });
    state.apply(at(1_200, { kind: "task-completed", command: "0.1" }));
    expect(state.methods[0]).toMatchObject({ status: "failed", held: new Set(["0.0"]) });
    state.apply(at(1_300, { kind: "task-completed", command: "0.0" }));
    expect(state.methods[0]?.status).toBe("running");
    expect(state.methods[0]?.held.size).toBe(0);
    state.apply({ kind: "method-completed", method: 0, number: 2 });
    expect(state.methods[0]).toMatchObject({
      status: "completed",
      endings: [{ kind: "failed", failure: boom }, { kind: "completed" }],
    });
  });

  test("that is retried while it is held waits for nothing any more", () => {
    const held = { command: "0.0", outcome: 1, from: 1 };
    const state = stateOf(
      begun(task("0.0"), { ...failed, held }, at(1_200, { kind: "method-retried", method: 0 })),
    );
    expect(state.methods[0]).toMatchObject({ status: "running", held: new Set() });
  });

  test("that is canceled while it is held stays so, whatever comes", () => {
    const held = { command: "0.0", outcome: 1, from: 1 };
    const state = stateOf(
      begun(task("0.0"), { ...failed, held }, at(1_200, { kind: "method-canceled", method: 0 })),
    );
    state.apply(at(1_300, { kind: "task-completed", command: "0.0" }));
    expect(state.methods[0]?.status).toBe("canceled");
  });

  test("that ended stays so with an outcome of a command that it did not wait for", () => {
    const state = stateOf(begun(task("0.0"), failed, at(1_300, { kind: "task-completed", command: "0.0" })));
    expect(state.methods[0]?.status).toBe("failed");
  });

  test("that is canceled takes its open commands with it, and only its own", () => {
    const state = stateOf(
      begun(
        task("0.0", { timeoutMs: 10 }),
        timer("0.1", 2_000),
        task("0.2"),
        at(1_100, { kind: "task-completed", command: "0.2" }),
        methodStarted({ method: 1 }),
        timer("1.0", 3_000),
        at(1_200, { kind: "method-canceled", method: 0 }),
      ),
    );
    const statuses = [...state.commands.values()].map(({ status }) => status);
    expect(statuses).toEqual(["canceled", "canceled", "completed", "pending"]);
    expect([...state.timed].map(({ command }) => command.id)).toEqual(["1.0"]);
  });
});

describe("a command", () => {
  test.each<[string, HistoryRecord, HistoryRecord]>([
    ["completed", task("0.0"), at(2_000, { kind: "task-completed", command: "0.0" })],
    [
      "failed",
      task("0.0"),
      at(2_000, { kind: "task-failed", command: "0.0", sequence: 0, attempt: 0, failure: boom }),
    ],
    ["timedOut", task("0.0"), at(2_000, { kind: "task-timed-out", command: "0.0" })],
    ["completed", timer("0.0", 2_000), at(2_000, { kind: "timer-fired", command: "0.0" })],
    [
      "completed",
      child("0.0"),
      at(2_000, { kind: "child-ended", command: "0.0", number: 1, outcome: { kind: "completed" } }),
    ],
    [
      "failed",
      child("0.0"),
      at(2_000, {
        kind: "child-ended",
        command: "0.0",
        number: 1,
        outcome: { kind: "failed", failure: boom },
      }),
    ],
    ["timedOut", child("0.0"), at(2_000, { kind: "child-timed-out", command: "0.0" })],
    ["canceled", child("0.0"), at(2_000, { kind: "child-canceled", command: "0.0" })],
    [
      "completed",
      { kind: "inline", id: "0.0" },
      at(2_000, { kind: "inline-completed", command: "0.0", outcome: { kind: "completed" } }),
    ],
    [
      "failed",
      { kind: "inline", id: "0.0" },
      at(2_000, { kind: "inline-completed", command: "0.0", outcome: { kind: "failed", failure: boom } }),
    ],
  ])("is %s by what became of it", (status, command, event) => {
    const state = stateOf(begun(command, event));
    expect(state.command("0.0")).toMatchObject({ status, outcomes: 1 });
    expect(state.timed.size).toBe(0);
  });

  test("remembers the number of the child's last ending", () => {
    const outcome = { kind: "failed", failure: boom } as const;
    const history = begun(
      child("0.0"),
      at(2_000, { kind: "child-ended", command: "0.0", number: 3, outcome }),
    );
    expect(stateOf(history).command("0.0").lastEnding).toBe(3);
  });

  test("counts attempts, and remembers the last failure and the meta that the attempt left", () => {
    const attempt = (number: number, more: object = {}): HistoryRecord =>
      at(1_100, {
        kind: "attempt-failed",
        command: "0.0",
        sequence: 0,
        attempt: number,
        failure: boom,
        retryAt: 1_500,
        ...more,
      });
    const due = at(1_500, { kind: "attempt-due", command: "0.0", sequence: 0, attempt: 1 });
    const waiting = stateOf(begun(task("0.0"), attempt(0, { meta: { n: 1 } })));
    expect(waiting.command("0.0")).toMatchObject({
      retryAt: 1_500,
      lastFailure: boom,
      meta: { n: 1 },
      attempt: 0,
    });
    expect(waiting.timed.size).toBe(1);
    waiting.apply(due);
    expect(waiting.command("0.0")).toMatchObject({ attempt: 1, sequence: 0, status: "pending" });
    expect(waiting.command("0.0")).not.toHaveProperty("retryAt");
    expect(waiting.timed.size).toBe(0);
    const timed = stateOf(begun(task("0.0", { timeoutMs: 5_000 }), attempt(0), due));
    expect(timed.timed.size).toBe(1);
    timed.apply(attempt(1));
    expect(timed.command("0.0")).not.toHaveProperty("meta");
  });

  test("has the earliest of its retry and its overall timeout as its deadline", () => {
    const failedAttempt = (retryAt: number): HistoryRecord =>
      at(1_100, { kind: "attempt-failed", command: "0.0", sequence: 0, attempt: 0, failure: boom, retryAt });
    const deadline = (...records: readonly HistoryRecord[]) =>
      deadlineOf(stateOf(begun(...records)).command("0.0"));
    expect(deadline(timer("0.0", 7_000))).toBe(7_000);
    expect(deadline(task("0.0"))).toBeUndefined();
    expect(deadline(task("0.0", { timeoutMs: 500 }))).toBe(1_500);
    expect(deadline(child("0.0", { timeoutMs: 500 }))).toBe(1_500);
    expect(deadline(task("0.0"), failedAttempt(1_200))).toBe(1_200);
    expect(deadline(task("0.0", { timeoutMs: 500 }), failedAttempt(1_200))).toBe(1_200);
    expect(deadline(task("0.0", { timeoutMs: 500 }), failedAttempt(1_800))).toBe(1_500);
    expect(deadline(timer("0.0", 7_000), at(7_000, { kind: "timer-fired", command: "0.0" }))).toBeUndefined();
    expect(deadline({ kind: "receive", id: "0.0", channel: "word" })).toBeUndefined();
  });
});

/** What every kind of record is: a new kind has to be told here. */
const KINDS: {
  readonly [kind in HistoryRecord["kind"]]: "event of code" | "event of the engine" | "command" | "ending";
} = {
  "method-started": "event of code",
  "signal-received": "event of code",
  "task-completed": "event of code",
  "task-failed": "event of code",
  "task-timed-out": "event of code",
  "timer-fired": "event of code",
  "child-ended": "event of code",
  "child-timed-out": "event of code",
  "inline-completed": "event of code",
  "instance-started": "event of the engine",
  "attempt-failed": "event of the engine",
  "attempt-due": "event of the engine",
  "task-delegated": "event of the engine",
  heartbeat: "event of the engine",
  "cancel-requested": "event of the engine",
  "retry-requested": "event of the engine",
  "task-retry-requested": "event of the engine",
  "timers-completion-requested": "event of the engine",
  "caller-attached": "event of the engine",
  "caller-answered": "event of the engine",
  "method-refused": "event of the engine",
  "signal-refused": "event of the engine",
  "method-retried": "event of the engine",
  "task-retried": "event of the engine",
  "child-canceled": "event of the engine",
  "method-canceled": "event of the engine",
  task: "command",
  timer: "command",
  child: "command",
  method: "command",
  signal: "command",
  "by-tag": "command",
  "task-retry": "command",
  receive: "command",
  inline: "command",
  "method-completed": "ending",
  "method-failed": "ending",
};

test.each(Object.entries(KINDS))("a record of kind %s is: %s", (kind, what) => {
  const record = { kind } as HistoryRecord;
  expect([isCodeEvent(record), isCommand(record), isEnding(record)]).toEqual([
    what === "event of code",
    what === "command",
    what === "ending",
  ]);
});
