import { describe, expect, test } from "vitest";
import { type Decision, decide, startEvents } from "../../lib/core/model/decide.ts";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import { CURRENT_RULES } from "../../lib/core/model/rules.ts";
import type { InstanceMessage } from "../../lib/core/protocol/messages.ts";
import type { Failure } from "../../lib/core/values/failure.ts";
import {
  at,
  attemptFailed,
  begun,
  boom,
  caller,
  cancel,
  child,
  childEnded,
  method,
  methodStarted,
  signal,
  start,
  stateOf,
  task,
  taskCompleted,
  timer,
  wake,
} from "./build.ts";

const decideOn = (history: readonly HistoryRecord[], message: InstanceMessage): Decision =>
  decide(stateOf(history), message, 2_000);
const ignored = (reason: string) => ({ kind: "ignore", reason });
const recorded = (...events: object[]) => ({ kind: "record", events });

const completed: HistoryRecord = { kind: "method-completed", method: 0 };
const failed: HistoryRecord = { kind: "method-failed", method: 0, failure: boom };
const ended = begun(task("0.0"), child("0.1"), completed);

const instanceMessages: readonly InstanceMessage[] = [start(), signal(), method(), cancel()];
const replies: readonly InstanceMessage[] = [
  taskCompleted("0.0"),
  attemptFailed("0.0"),
  childEnded("0.1"),
  wake(5_000),
];

describe("a message to an instance that has ended", () => {
  test.each([
    [start(), "seen before"],
    [signal(), "instance ended"],
    [method(), "instance ended"],
    [cancel(), "instance ended"],
    [taskCompleted("0.0"), "instance ended"],
    [attemptFailed("0.0"), "instance ended"],
    [childEnded("0.1"), "instance ended"],
    [wake(5_000), "superseded"],
  ])("$kind is ignored", (message, reason) => {
    expect(decideOn(ended, message)).toEqual(ignored(reason));
  });

  test("answers a method whose caller waits with WorkflowEndedError", () => {
    const failure = {
      name: "WorkflowEndedError",
      message: "workflow Trip.more (t-1) has ended",
      properties: { code: "WORKFLOW_ENDED", workflow: "Trip", workflowId: "t-1", method: "more" },
    };
    expect(decideOn(ended, method({ caller }))).toEqual({
      kind: "answer",
      caller,
      outcome: { kind: "failed", failure },
    });
  });
});

describe("a message of another run", () => {
  test.each(replies)("$kind is ignored", (message) => {
    const other = { ...message, run: "r0" } as InstanceMessage;
    expect(decideOn(begun(task("0.0"), child("0.1")), other)).toEqual(ignored("another run"));
  });
});

describe("a message seen before", () => {
  test.each([signal(), method(), cancel()])("$kind is ignored, also by its id alone", (message) => {
    const state = stateOf(begun(task("0.0"), task("0.1")));
    const first = decide(state, message, 2_000);
    if (first.kind !== "record") expect.unreachable();
    for (const event of first.events) state.apply(event);
    expect(decide(state, message, 3_000)).toMatchObject({ kind: "ignore", reason: "seen before" });
  });

  test("a start is ignored whatever its id", () => {
    expect(decideOn(begun(), start({ id: "r2" }))).toEqual(ignored("seen before"));
  });

  test.each([
    ["a completed task", begun(task("0.0"), at(1_100, { kind: "task-completed", command: "0.0" }))],
  ])("every reply to %s is ignored", (_what, history) => {
    expect(decideOn(history, taskCompleted("0.0"))).toEqual(ignored("seen before"));
    expect(decideOn(history, attemptFailed("0.0"))).toEqual(ignored("seen before"));
  });
});

describe("a message that is new", () => {
  test("a signal is recorded, with its value or without", () => {
    const event = { kind: "signal-received", at: 2_000, messageId: "s1", channel: "word" };
    expect(decideOn(begun(), signal())).toEqual(recorded(event));
    expect(decideOn(begun(), signal({ value: null }))).toEqual(recorded({ ...event, value: null }));
  });

  test("a method begins after those there are, with the message's id as its own", () => {
    const event = { kind: "method-started", at: 2_000, method: 1, methodId: "m1", messageId: "m1" };
    const ofMessage = { name: "more", args: [1] };
    expect(decideOn(begun(), method())).toEqual(recorded({ ...event, ...ofMessage }));
    expect(decideOn(begun(), method({ caller }))).toEqual(recorded({ ...event, ...ofMessage, caller }));
  });

  test("a method begins also while the instance is failed, which is open", () => {
    expect(decideOn(begun(failed), method())).toMatchObject({ kind: "record" });
  });

  test("a wake-up means nothing: what is due is told by the clock", () => {
    expect(decideOn(begun(timer("0.0", 1_500)), wake(1_500))).toEqual(ignored("superseded"));
  });

  test.each([taskCompleted("0.9"), attemptFailed("0.9"), childEnded("0.9")])(
    "$kind of a command that history does not have is ignored",
    (message) => {
      expect(decideOn(begun(), message)).toEqual(ignored("superseded"));
    },
  );
});

describe("a task", () => {
  const running = begun(task("0.0"));
  const retried = at(1_100, {
    kind: "attempt-failed",
    command: "0.0",
    sequence: 0,
    attempt: 0,
    failure: boom,
    retryAt: 1_200,
  });
  const again = at(1_200, { kind: "attempt-due", command: "0.0", sequence: 0, attempt: 1 });
  const failedForGood = at(1_100, {
    kind: "task-failed",
    command: "0.0",
    sequence: 0,
    attempt: 0,
    failure: boom,
  });

  test("completes with a value or without", () => {
    const event = { kind: "task-completed", at: 2_000, command: "0.0" };
    expect(decideOn(running, taskCompleted("0.0"))).toEqual(recorded(event));
    expect(decideOn(running, taskCompleted("0.0", "ok"))).toEqual(recorded({ ...event, value: "ok" }));
  });

  test("completes whatever its attempt, also after it failed or timed out", () => {
    const timedOut = at(1_100, { kind: "task-timed-out", command: "0.0" });
    for (const last of [retried, failedForGood, timedOut]) {
      expect(decideOn([...running, last], taskCompleted("0.0"))).toMatchObject({ kind: "record" });
    }
  });

  test("that was canceled hears no more of its attempts", () => {
    const other = methodStarted({ method: 1 });
    const canceled = [...running, other, at(1_100, { kind: "method-canceled", method: 0 })];
    expect(decideOn(canceled, taskCompleted("0.0"))).toEqual(ignored("superseded"));
    expect(decideOn(canceled, attemptFailed("0.0"))).toEqual(ignored("seen before"));
  });

  test("is to be tried again when the policy says when, no earlier than now", () => {
    const event = {
      kind: "attempt-failed",
      at: 2_000,
      command: "0.0",
      sequence: 0,
      attempt: 0,
      failure: boom,
    };
    const meta = { seen: 1 };
    expect(decideOn(running, attemptFailed("0.0", { nextInMs: 500, meta }))).toEqual(
      recorded({ ...event, retryAt: 2_500, meta }),
    );
    expect(decideOn(running, attemptFailed("0.0", { nextInMs: -500 }))).toEqual(
      recorded({ ...event, retryAt: 2_000 }),
    );
  });

  test("fails for good when the policy gives up", () => {
    expect(decideOn(running, attemptFailed("0.0"))).toEqual(
      recorded({ kind: "task-failed", at: 2_000, command: "0.0", sequence: 0, attempt: 0, failure: boom }),
    );
  });

  test.each([
    ["the same attempt again while the next one waits", [retried], attemptFailed("0.0"), "seen before"],
    ["an attempt after a failure for good", [failedForGood], attemptFailed("0.0"), "seen before"],
    ["the attempt before the running one", [retried, again], attemptFailed("0.0"), "superseded"],
    ["an attempt that was never made", [], attemptFailed("0.0", { attempt: 1 }), "superseded"],
    ["an attempt of another sequence", [], attemptFailed("0.0", { sequence: 1 }), "superseded"],
  ])("ignores %s: a chain never forks", (_what, more, message, reason) => {
    expect(decideOn([...running, ...more], message)).toEqual(ignored(reason));
  });

  test("takes the failure of the attempt that runs", () => {
    expect(decideOn([...running, retried, again], attemptFailed("0.0", { attempt: 1 }))).toMatchObject({
      events: [{ kind: "task-failed", attempt: 1 }],
    });
  });
});

describe("a child", () => {
  const failure = { kind: "failed", failure: boom } as const;
  const once = at(1_100, { kind: "child-ended", command: "0.0", number: 1, outcome: failure });

  test("ends", () => {
    expect(decideOn(begun(child("0.0")), childEnded("0.0"))).toEqual(
      recorded({
        kind: "child-ended",
        at: 2_000,
        command: "0.0",
        number: 1,
        outcome: { kind: "completed", value: "home" },
      }),
    );
  });

  test("ends again when a failure of it was resumed", () => {
    const history = begun(child("0.0"), once);
    expect(decideOn(history, childEnded("0.0"))).toEqual(ignored("seen before"));
    expect(decideOn(history, childEnded("0.0", { number: 2 }))).toMatchObject({
      kind: "record",
      events: [{ number: 2 }],
    });
  });

  test("EDG-42 whose later failure comes of this instance's own is not heard of again; the first one is", () => {
    const own = (depth: number): Failure => {
      const properties = {
        code: "WORKFLOW_FAILED",
        workflow: "Trip",
        workflowId: depth === 0 ? "t-1" : "t-2",
      };
      return { ...boom, properties, ...(depth > 0 && { cause: own(depth - 1) }) };
    };
    const again = (depth: number, part = {}) =>
      childEnded("0.0", { number: 2, outcome: { kind: "failed", failure: own(depth) }, ...part });
    for (const depth of [0, 1, 5]) {
      expect(decideOn(begun(child("0.0")), again(depth))).toMatchObject({ kind: "record" });
      expect(decideOn(begun(child("0.0"), once), again(depth))).toEqual(ignored("superseded"));
      const timedOut = at(1_100, { kind: "child-timed-out", command: "0.0" });
      expect(decideOn(begun(child("0.0"), timedOut), again(depth))).toEqual(ignored("superseded"));
    }
    const outcome = { kind: "completed", value: "home" } as const;
    expect(decideOn(begun(child("0.0"), once), again(0, { outcome }))).toMatchObject({ kind: "record" });
    const other = { kind: "failed", failure: { ...boom, properties: { workflow: "Trip" } } } as const;
    expect(decideOn(begun(child("0.0"), once), again(0, { outcome: other }))).toMatchObject({
      kind: "record",
    });
  });

  test("EDG-42 is heard of 32 times at most while it fails", () => {
    const failing = (number: number) =>
      at(1_100, { kind: "child-ended", command: "0.0", number, outcome: failure });
    const history = (times: number) =>
      begun(child("0.0"), ...Array.from({ length: times }, (_, index) => failing(index + 1)));
    const next = childEnded("0.0", { number: 99, outcome: failure });
    expect(decideOn(history(31), next)).toMatchObject({ kind: "record" });
    expect(decideOn(history(32), next)).toEqual(ignored("superseded"));
    expect(decideOn(history(32), childEnded("0.0", { number: 99 }))).toMatchObject({ kind: "record" });
  });

  test("that completed hears of nothing more", () => {
    const history = begun(
      child("0.0"),
      at(1_100, { kind: "child-ended", command: "0.0", number: 1, outcome: { kind: "completed" } }),
    );
    expect(decideOn(history, childEnded("0.0", { number: 2 }))).toEqual(ignored("seen before"));
  });
});

describe("a cancel", () => {
  test("ends every open method, and its open children first", () => {
    const history = begun(
      child("0.0"),
      child("0.1"),
      task("0.2"),
      at(1_100, { kind: "child-ended", command: "0.1", number: 1, outcome: { kind: "completed" } }),
      methodStarted({ method: 1 }),
      { kind: "method-completed", method: 1 },
      methodStarted({ method: 2 }),
      child("2.0"),
    );
    expect(decideOn(history, cancel())).toEqual(
      recorded(
        { kind: "cancel-requested", at: 2_000, messageId: "c1" },
        { kind: "child-canceled", at: 2_000, command: "0.0" },
        { kind: "method-canceled", at: 2_000, method: 0 },
        { kind: "child-canceled", at: 2_000, command: "2.0" },
        { kind: "method-canceled", at: 2_000, method: 2 },
      ),
    );
  });

  test("of one method leaves the others", () => {
    const history = begun(child("0.0"), methodStarted({ method: 1 }), child("1.0"));
    expect(decideOn(history, cancel("m1"))).toEqual(
      recorded(
        { kind: "cancel-requested", at: 2_000, messageId: "c1", methodId: "m1" },
        { kind: "child-canceled", at: 2_000, command: "1.0" },
        { kind: "method-canceled", at: 2_000, method: 1 },
      ),
    );
  });

  test("of a method that there is not, or that has ended, is remembered and does nothing", () => {
    const history = begun(methodStarted({ method: 1 }), { kind: "method-completed", method: 1 });
    for (const methodId of ["m1", "m9"]) {
      expect(decideOn(history, cancel(methodId))).toEqual(
        recorded({ kind: "cancel-requested", at: 2_000, messageId: "c1", methodId }),
      );
    }
  });

  test("of a failed method is that method's second ending, and not of one canceled before", () => {
    const open = begun(failed);
    expect(decideOn(open, cancel())).toMatchObject({
      events: [{ kind: "cancel-requested" }, { kind: "method-canceled", method: 0, number: 2 }],
    });
    const other = [...open, methodStarted({ method: 1 }), at(1_200, { kind: "method-canceled", method: 0 })];
    expect(decideOn(other, cancel("main"))).toMatchObject({ events: [{ kind: "cancel-requested" }] });
  });
});

test("deciding changes nothing", () => {
  const history = begun(task("0.0"), child("0.1"));
  for (const message of [...instanceMessages, ...replies]) {
    const state = stateOf(history);
    decide(state, message, 2_000);
    expect(state).toEqual(stateOf(history));
  }
});

describe("the events of a start", () => {
  test("say what the message says", () => {
    const more = { tags: ["vip"], meta: { by: "me" }, customId: "c", traceparent: "00-1", caller };
    expect(startEvents(start({ ...more, args: ["a"] }), 2, 1_700)).toEqual([
      {
        kind: "instance-started",
        at: 1_700,
        run: "r1",
        version: 2,
        rules: CURRENT_RULES,
        tags: ["vip"],
        meta: { by: "me" },
        customId: "c",
        traceparent: "00-1",
      },
      {
        kind: "method-started",
        at: 1_700,
        method: 0,
        methodId: "main",
        messageId: "r1",
        name: "run",
        args: ["a"],
        caller,
      },
    ]);
  });

  test("say nothing that it does not say", () => {
    expect(startEvents(start(), 1, 1_700)).toEqual([
      { kind: "instance-started", at: 1_700, run: "r1", version: 1, rules: CURRENT_RULES },
      methodStarted({ at: 1_700 }),
    ]);
  });
});
