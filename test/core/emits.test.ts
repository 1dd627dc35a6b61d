import { describe, expect, test } from "vitest";
import { answerTo, emitsOf, hasReplied, wakeAt } from "../../lib/core/model/emits.ts";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import { childId } from "../../lib/core/values/ids.ts";
import {
  at,
  begun,
  boom,
  caller,
  child,
  key,
  methodStarted,
  started,
  stateOf,
  task,
  timer,
} from "./build.ts";

/** What the last record sends. */
function sent(...history: readonly HistoryRecord[]) {
  return emitsOf(stateOf(history), history.at(-1) as HistoryRecord, 1_000)[0];
}

const attemptFailed = (attempt: number, more: object = {}): HistoryRecord =>
  at(1_100, {
    kind: "attempt-failed",
    command: "0.0",
    sequence: 0,
    attempt,
    failure: boom,
    retryAt: 1_500,
    ...more,
  });
const attemptDue = (attempt: number, sequence = 0): HistoryRecord =>
  at(1_500, { kind: "attempt-due", command: "0.0", sequence, attempt });

const executeTask = {
  kind: "execute-task",
  format: 1,
  id: "Trip:t-1:r1:0.0:0.0",
  at: 1_000,
  service: "Flights",
  method: "reserve",
  args: ["AF1"],
  taskId: "Trip:t-1:r1:0.0",
  sequence: 0,
  attempt: 0,
  caller: { ...key, command: "0.0" },
};

describe("a task", () => {
  test("goes to its service, without a key, with everything it was given", () => {
    expect(sent(...begun(task("0.0")))).toEqual({ topic: "task-executor:Flights", message: executeTask });
    const more = { tags: ["vip"], meta: { n: 0 } };
    expect(sent(...begun(task("0.0", more)))?.message).toEqual({ ...executeTask, ...more });
  });

  test("goes again at each attempt under an id of its own, with the last failure and the meta that it left", () => {
    const history = begun(
      task("0.0", { meta: { n: 0 } }),
      attemptFailed(0, { meta: { n: 1 } }),
      attemptDue(1),
    );
    expect(sent(...history)?.message).toEqual({
      ...executeTask,
      id: "Trip:t-1:r1:0.0:0.1",
      attempt: 1,
      meta: { n: 1 },
      lastFailure: boom,
    });
  });

  test("carries the trace of the start", () => {
    const history = [started({ traceparent: "00-1" }), methodStarted(), task("0.0")];
    expect(sent(...history)?.message).toMatchObject({ traceparent: "00-1" });
  });

  test.each<[string, HistoryRecord]>([
    ["completed", at(1_100, { kind: "task-completed", command: "0.0" })],
    ["failed", at(1_100, { kind: "task-failed", command: "0.0", sequence: 0, attempt: 0, failure: boom })],
    ["has failed this attempt", attemptFailed(0)],
  ])("is not sent again once it is known that it %s", (_what, reply) => {
    const state = stateOf(begun(task("0.0"), reply));
    expect(emitsOf(state, task("0.0"), 1_000)).toEqual([]);
  });

  test("is sent as before as long as no reply has come, whatever else happened (I3)", () => {
    const later = begun(task("0.0"), timer("0.1", 2_000), at(2_000, { kind: "timer-fired", command: "0.1" }));
    for (const more of [[], [at(9_000, { kind: "task-timed-out", command: "0.0" })]]) {
      expect(emitsOf(stateOf([...later, ...more]), task("0.0"), 1_000)).toEqual([
        sent(...begun(task("0.0"))),
      ]);
    }
  });
});

test("an attempt has its reply when a later attempt or a later sequence exists", () => {
  const running = stateOf(begun(task("0.0"), attemptFailed(0), attemptDue(1))).command("0.0");
  expect([hasReplied(running, 0, 0), hasReplied(running, 0, 1), hasReplied(running, 0, 2)]).toEqual([
    true,
    false,
    false,
  ]);
  const byHand = stateOf(begun(task("0.0"), attemptDue(0, 1))).command("0.0");
  expect([hasReplied(byHand, 0, 5), hasReplied(byHand, 1, 0), hasReplied(byHand, 2, 0)]).toEqual([
    true,
    false,
    false,
  ]);
});

describe("a message to another instance", () => {
  test("starts a child, whose run is a fixed function of the command", () => {
    const run = childId(key, "0.0");
    const expected = {
      topic: "workflow-engine:Leg",
      key: "leg-0.0",
      message: {
        kind: "start",
        format: 1,
        id: run,
        at: 1_000,
        workflow: "Leg",
        workflowId: "leg-0.0",
        method: "fly",
        args: [],
        caller: { ...key, command: "0.0" },
      },
    };
    expect(sent(...begun(child("0.0")))).toEqual(expected);
    const more = { tags: ["vip"], meta: { n: 0 }, customId: "leg" };
    expect(sent(...begun(child("0.0", more)))?.message).toEqual({ ...expected.message, ...more });
  });

  test("calls a method, and waits for its end", () => {
    const call = { workflow: "Leg", workflowId: "l", method: "fly", args: [1] } as const;
    expect(sent(...begun({ kind: "method", id: "0.0", ...call }))).toEqual({
      topic: "workflow-engine:Leg",
      key: "l",
      message: {
        kind: "method",
        format: 1,
        id: "Trip:t-1:r1:0.0",
        at: 1_000,
        ...call,
        caller: { ...key, command: "0.0" },
      },
    });
  });

  test("signals a channel, with a value or without", () => {
    const to = { workflow: "Leg", workflowId: "l", channel: "word" } as const;
    const message = { kind: "signal", format: 1, id: "Trip:t-1:r1:0.0", at: 1_000, ...to };
    expect(sent(...begun({ kind: "signal", id: "0.0", ...to }))?.message).toEqual(message);
    expect(sent(...begun({ kind: "signal", id: "0.0", ...to, value: 0 }))?.message).toEqual({
      ...message,
      value: 0,
    });
  });

  test("cancels a child, and nothing but a child", () => {
    const cancel = at(1_100, { kind: "child-canceled", command: "0.0" });
    expect(sent(...begun(child("0.0"), cancel))).toEqual({
      topic: "workflow-engine:Leg",
      key: "leg-0.0",
      message: {
        kind: "cancel",
        format: 1,
        id: "Trip:t-1:r1:0.0:cancel",
        at: 1_000,
        workflow: "Leg",
        workflowId: "leg-0.0",
      },
    });
    expect(sent(...begun(task("0.0"), cancel))).toBeUndefined();
  });
});

describe("the end of a method", () => {
  const called = [started(), methodStarted({ caller })];
  const answer = {
    kind: "child-ended",
    format: 1,
    id: "Tour:p-1:p1:0.7:ended.1",
    at: 1_000,
    ...caller,
    number: 1,
  };

  test.each<[string, HistoryRecord, object]>([
    ["completed", { kind: "method-completed", method: 0 }, { kind: "completed" }],
    [
      "completed with a value",
      { kind: "method-completed", method: 0, value: 1 },
      { kind: "completed", value: 1 },
    ],
    ["failed", { kind: "method-failed", method: 0, failure: boom }, { kind: "failed", failure: boom }],
    [
      "canceled",
      at(1_000, { kind: "method-canceled", method: 0 }),
      {
        kind: "failed",
        failure: {
          name: "WorkflowCanceledError",
          message: "workflow Trip (t-1) was canceled",
          properties: { code: "WORKFLOW_CANCELED", workflow: "Trip", workflowId: "t-1" },
        },
      },
    ],
  ])("that %s is told to its caller", (_what, ending, outcome) => {
    expect(sent(...called, ending)).toEqual({
      topic: "workflow-engine:Tour",
      key: "p-1",
      message: { ...answer, outcome },
    });
  });

  test("is told again under its own number when a failure was resumed", () => {
    const again: HistoryRecord = { kind: "method-completed", method: 0, number: 2 };
    expect(
      sent(...called, { kind: "method-failed", method: 0, failure: boom }, again)?.message,
    ).toMatchObject({
      id: "Tour:p-1:p1:0.7:ended.2",
      number: 2,
    });
  });

  test("is told to nobody where nobody waits", () => {
    expect(sent(...begun({ kind: "method-completed", method: 0 }))).toBeUndefined();
  });
});

test.each<HistoryRecord>([
  started(),
  methodStarted(),
  timer("0.0", 2_000),
  { kind: "receive", id: "0.0", channel: "word" },
  { kind: "inline", id: "0.0" },
])("$kind sends nothing", (record) => {
  expect(emitsOf(stateOf(begun()), record, 1_000)).toEqual([]);
});

test("a wake-up goes to the instance's own run at its instant", () => {
  expect(wakeAt(stateOf(begun()), 5_000)).toEqual({
    topic: "workflow-engine:Trip",
    key: "t-1",
    deliverAt: 5_000,
    message: { kind: "wake", format: 1, id: "Trip:t-1:r1:wake:5000", at: 5_000, ...key, dueAt: 5_000 },
  });
});

test("an answer without a trace in history is for the caller's command, under an id that its cause gives", () => {
  expect(answerTo(caller, { kind: "failed", failure: boom }, "m1", 1_000)).toEqual({
    topic: "workflow-engine:Tour",
    key: "p-1",
    message: {
      kind: "child-ended",
      format: 1,
      id: "m1:answered",
      at: 1_000,
      ...caller,
      number: 1,
      outcome: { kind: "failed", failure: boom },
    },
  });
});
