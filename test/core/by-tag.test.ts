import { describe, expect, test } from "vitest";
import { decide } from "../../lib/core/model/decide.ts";
import { emitsOf } from "../../lib/core/model/emits.ts";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import { decodeEngineMessage } from "../../lib/core/protocol/decode.ts";
import type { Operation } from "../../lib/core/protocol/messages.ts";
import { at, begun, boom, cancel, key, method, signal, stateOf, task } from "./build.ts";

const operations: readonly Operation[] = [
  { kind: "signal", channel: "word", value: 1 },
  { kind: "signal", channel: "word" },
  { kind: "method", method: "more", args: [1] },
  { kind: "cancel" },
  { kind: "cancel", methodId: "m1" },
  { kind: "retry" },
  { kind: "retry-tasks", status: "failed", service: "Flights" },
  { kind: "complete-timers", methodId: "m1" },
];
const byTag = (operation: unknown, more: object = {}) =>
  JSON.stringify({
    kind: "by-tag",
    format: 1,
    id: "b1",
    at: 1,
    workflow: "Trip",
    tag: "vip",
    operation,
    ...more,
  });

describe("a message by tag", () => {
  test.each(operations)("reads what is to be done: %o", (operation) => {
    for (const more of [{}, { cursor: "0:x" }]) {
      const text = byTag(operation, more);
      expect(decodeEngineMessage(text, ["Trip"])).toEqual(JSON.parse(text));
    }
  });

  test.each<[unknown, object?]>([
    [undefined],
    [null],
    [[]],
    [{ kind: "toString" }],
    [{ kind: "start" }],
    [{ kind: "signal" }],
    [{ kind: "method", method: "more" }],
    [{ kind: "retry-tasks", status: "lost" }],
    [{ kind: "cancel" }, { tag: "" }],
    [{ kind: "cancel" }, { workflow: "not a name" }],
    [{ kind: "cancel" }, { cursor: 7 }],
  ])("refuses %o", (operation, more) => {
    const refusal = expect.objectContaining({ code: "MESSAGE_UNDECODABLE" });
    expect(() => decodeEngineMessage(byTag(operation, more), ["Trip"])).toThrow(refusal);
  });

  test("of a workflow that the function does not serve is misrouted", () => {
    const refusal = expect.objectContaining({ code: "MESSAGE_MISROUTED" });
    expect(() => decodeEngineMessage(byTag({ kind: "cancel" }), ["Tour"])).toThrow(refusal);
    expect(decodeEngineMessage(byTag({ kind: "cancel" }), ["Tour", "Trip"])).toMatchObject({ tag: "vip" });
  });
});

test("a command by tag goes to the topic of the workflow's tags, keyed by tag", () => {
  const operation = { kind: "signal", channel: "word", value: 1 } as const;
  const command: HistoryRecord = { kind: "by-tag", id: "0.0", workflow: "Leg", tag: "vip", operation };
  expect(emitsOf(stateOf(begun(command)), command, 1_000)).toEqual([
    {
      topic: "workflow-tags:Leg",
      key: "vip",
      message: {
        kind: "by-tag",
        format: 1,
        id: "Trip:t-1:r1:0.0",
        at: 1_000,
        workflow: "Leg",
        tag: "vip",
        operation,
      },
    },
  ]);
});

test("a message that was found by tag is for the run that had the tag", () => {
  for (const message of [signal(), method(), cancel()]) {
    expect(decide(stateOf(begun()), { ...message, run: "r0" }, 2_000)).toEqual({
      kind: "ignore",
      reason: "another run",
    });
    expect(decide(stateOf(begun()), { ...message, run: key.run }, 2_000)).toMatchObject({ kind: "record" });
  }
});

describe("a task that its own workflow retries", () => {
  const failed = at(1_100, { kind: "task-failed", command: "0.0", sequence: 0, attempt: 0, failure: boom });
  const retry: HistoryRecord = { kind: "task-retry", id: "0.1", task: "0.0", sequence: 1 };

  test("begins a new sequence", () => {
    const state = stateOf(begun(task("0.0"), failed, retry));
    expect(state.command("0.0")).toMatchObject({ status: "pending", sequence: 1, attempt: 0 });
    expect(state.methods[0]?.issued).toBe(2);
  });

  test("is sent with its last failure", () => {
    expect(emitsOf(stateOf(begun(task("0.0"), failed, retry)), retry, 1_100)).toMatchObject([
      { message: { id: "Trip:t-1:r1:0.0:1.0", sequence: 1, attempt: 0, lastFailure: boom } },
    ]);
  });

  test("is not sent again once its reply has come", () => {
    const done = at(1_200, { kind: "task-completed", command: "0.0" });
    expect(emitsOf(stateOf(begun(task("0.0"), failed, retry, done)), retry, 1_100)).toEqual([]);
  });
});
