import { describe, expect, test } from "vitest";
import type { Command } from "../../lib/core/commands/command.ts";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import { type CheckMode, RecordedCommands } from "../../lib/core/model/recorded-commands.ts";
import type { Failure } from "../../lib/core/values/failure.ts";
import { escaped, refer } from "../../lib/core/values/payload.ts";
import { begun, boom, child, methodStarted, task, timer } from "./build.ts";

const asked = (script: RecordedCommands, issued: HistoryRecord): Command | undefined =>
  script.recorded(issued as Command);
const changed = (text: string) =>
  expect.objectContaining({ code: "WORKFLOW_CHANGED", message: expect.stringContaining(text) });

function scriptOf(commands: readonly HistoryRecord[], mode?: CheckMode): RecordedCommands {
  const history = begun(...commands);
  const script = new RecordedCommands(history, mode);
  script.enterSegment(history.length);
  return script;
}

test("a command is given back as history has it", () => {
  const recorded = task("0.0", { args: ["AF1"], timeoutMs: 5 });
  expect(asked(scriptOf([recorded]), task("0.0", { args: ["AF2"], timeoutMs: 7 }))).toBe(recorded);
});

test("a command that history does not have, or has only after a later event, is a change", () => {
  const history = begun(task("0.0"), task("0.1"));
  const script = new RecordedCommands(history);
  script.enterSegment(3);
  expect(asked(script, task("0.0"))).toBeDefined();
  expect(() => asked(script, task("0.1"))).toThrow(
    changed("expected no task Flights.reserve at this point of history"),
  );
  script.enterSegment(4);
  expect(asked(script, task("0.1"))).toBeDefined();
  expect(() => asked(script, timer("0.2", 5))).toThrow(changed("expected no timer at"));
});

describe("a strict comparison of arguments", () => {
  const lookalike = { "~payload": { key: "a/b/c/d", bytes: 5 } };

  test("knows those that history only refers to by their size", () => {
    const recorded = refer(task("0.0", { args: ["?"] }), { key: "a/b/c/d", bytes: '["AF1"]'.length });
    const script = scriptOf([recorded], "strict");
    expect(asked(script, task("0.0", { args: ["AF1"] }))).toBe(recorded);
    expect(script.has(task("0.0", { args: ["AF2"] }) as Command)).toBe(true);
    expect(script.has(task("0.0", { args: ["AF10"] }) as Command)).toBe(false);
  });

  test("knows those that look like a reference", () => {
    const script = scriptOf([escaped(task("0.0", { args: [lookalike] }))], "strict");
    expect(script.has(task("0.0", { args: [lookalike] }) as Command)).toBe(true);
    expect(script.has(task("0.0", { args: [{ "~~payload": lookalike["~payload"] }] }) as Command)).toBe(
      false,
    );
  });
});

test("before the first event nothing is expected", () => {
  expect(() => asked(new RecordedCommands(begun(task("0.0"))), task("0.0"))).toThrow(
    changed("expected no task"),
  );
});

test("once live, every command is new", () => {
  const script = scriptOf([task("0.0")]);
  script.goLive();
  expect(asked(script, task("0.0"))).toBeUndefined();
});

test("an outcome is held for the method and from the await that history says, and for none before", () => {
  const held = { command: "0.0", outcome: 2, from: 3 };
  const script = new RecordedCommands(
    begun(task("0.0"), { kind: "method-failed", method: 0, failure: boom, held }),
  );
  expect(script.isHeld(0, "0.0", 2, 3)).toBe(true);
  expect(script.isHeld(0, "0.0", 2, 4)).toBe(true);
  expect(script.isHeld(0, "0.0", 2, 2)).toBe(false);
  expect(script.isHeld(0, "0.0", 1, 3)).toBe(false);
  expect(script.isHeld(1, "0.0", 2, 3)).toBe(false);
  expect(script.isHeld(0, "0.1", 2, 3)).toBe(false);
  script.hold(1, { command: "0.1", outcome: 1, from: 1 });
  expect(script.isHeld(1, "0.1", 1, 1)).toBe(true);
});

test("a method that failed for good holds nothing", () => {
  const script = new RecordedCommands(
    begun(task("0.0"), { kind: "method-failed", method: 0, failure: boom }),
  );
  expect(script.isHeld(0, "0.0", 1, 1)).toBe(false);
});

describe("commands are compared", () => {
  const leg = { workflow: "Leg", workflowId: "l" };
  const tagged = { workflow: "Leg", tag: "vip" };
  const cases: readonly (readonly [string, HistoryRecord, HistoryRecord, readonly CheckMode[]])[] = [
    ["another kind", task("0.0"), timer("0.0", 5), []],
    ["another service", task("0.0"), task("0.0", { service: "Hotels" }), ["none"]],
    ["another method of a service", task("0.0"), task("0.0", { method: "undo" }), ["none"]],
    ["other arguments", task("0.0"), task("0.0", { args: ["AF2"] }), ["none", "simple"]],
    [
      "other options",
      task("0.0"),
      task("0.0", { tags: ["vip"], timeoutMs: 5 }),
      ["none", "simple", "strict"],
    ],
    ["another child workflow", child("0.0"), child("0.0", { workflow: "Tour" }), ["none"]],
    ["another method of a child", child("0.0"), child("0.0", { method: "swim" }), ["none"]],
    ["other arguments of a child", child("0.0"), child("0.0", { args: [1] }), ["none", "simple"]],
    [
      "another instance of the same workflow",
      child("0.0"),
      child("0.0", { workflowId: "other" }),
      ["none", "simple", "strict"],
    ],
    [
      "another channel",
      { kind: "receive", id: "0.0", channel: "a" },
      { kind: "receive", id: "0.0", channel: "b" },
      ["none"],
    ],
    ["another instant", timer("0.0", 5), timer("0.0", 6), ["none", "simple", "strict"]],
    [
      "the same inline task",
      { kind: "inline", id: "0.0" },
      { kind: "inline", id: "0.0" },
      ["none", "simple", "strict"],
    ],
    [
      "another method of an instance",
      { kind: "method", id: "0.0", ...leg, method: "a", args: [] },
      { kind: "method", id: "0.0", ...leg, method: "b", args: [] },
      ["none"],
    ],
    [
      "another channel of an instance",
      { kind: "signal", id: "0.0", ...leg, channel: "a" },
      { kind: "signal", id: "0.0", ...leg, channel: "b" },
      ["none"],
    ],
    [
      "another channel by tag",
      { kind: "by-tag", id: "0.0", ...tagged, operation: { kind: "signal", channel: "a" } },
      { kind: "by-tag", id: "0.0", ...tagged, operation: { kind: "signal", channel: "b" } },
      ["none"],
    ],
    [
      "another signal by tag",
      { kind: "by-tag", id: "0.0", ...tagged, operation: { kind: "signal", channel: "a", value: 1 } },
      { kind: "by-tag", id: "0.0", ...tagged, operation: { kind: "signal", channel: "a", value: 2 } },
      ["none", "simple"],
    ],
    [
      "another method by tag",
      { kind: "by-tag", id: "0.0", ...tagged, operation: { kind: "method", method: "a", args: [] } },
      { kind: "by-tag", id: "0.0", ...tagged, operation: { kind: "method", method: "b", args: [] } },
      ["none"],
    ],
    [
      "other arguments by tag",
      { kind: "by-tag", id: "0.0", ...tagged, operation: { kind: "method", method: "a", args: [1] } },
      { kind: "by-tag", id: "0.0", ...tagged, operation: { kind: "method", method: "a", args: [2] } },
      ["none", "simple"],
    ],
    [
      "a retry of another task",
      { kind: "task-retry", id: "0.0", task: "0.1", sequence: 1 },
      { kind: "task-retry", id: "0.0", task: "0.2", sequence: 1 },
      ["none"],
    ],
    [
      "another signal",
      { kind: "signal", id: "0.0", ...leg, channel: "a", value: 1 },
      { kind: "signal", id: "0.0", ...leg, channel: "a", value: 2 },
      ["none", "simple"],
    ],
  ];

  test.each(cases)("%s", (_what, recorded, issued, passing) => {
    for (const mode of ["none", "simple", "strict"] as const) {
      const ask = () => asked(scriptOf([recorded], mode), issued);
      if (passing.includes(mode)) expect(ask()).toBe(recorded);
      else expect(ask).toThrow(changed("as command 0.0, got"));
    }
  });

  test("by kind and name unless told", () => {
    expect(asked(scriptOf([task("0.0")]), task("0.0", { args: [] }))).toBeDefined();
    expect(() => asked(scriptOf([task("0.0")]), task("0.0", { method: "undo" }))).toThrow(
      changed("expected task Flights.reserve as command 0.0, got task Flights.undo"),
    );
  });
});

describe("a method that failed for good", () => {
  const failed: HistoryRecord = { kind: "method-failed", method: 0, failure: boom };
  const held = { command: "0.0", outcome: 1, from: 1 };
  const history = begun(task("0.0"), failed, methodStarted({ method: 1 }), task("1.0"));
  const at = (
    end: number,
    retrying?: number,
    records: readonly HistoryRecord[] = history,
  ): RecordedCommands => {
    const script = new RecordedCommands(records, "simple", retrying);
    script.enterSegment(end);
    return script;
  };

  test("stands as failed, until it is retried", () => {
    const retried: HistoryRecord = { kind: "method-retried", at: 2_000, method: 0 };
    expect([...new RecordedCommands(history).failed]).toEqual([0]);
    expect([...new RecordedCommands([...history, retried]).failed]).toEqual([]);
    expect([...new RecordedCommands([...history, retried, failed]).failed]).toEqual([0]);
    expect([...new RecordedCommands(history, "simple", 0).failed]).toEqual([]);
    expect([...new RecordedCommands(begun(task("0.0"), { ...failed, held })).failed]).toEqual([]);
  });

  test("is past its failure once the event has been told that it came of, and others never are", () => {
    expect([2, 3, 4, 6].map((end) => at(end).isPastFailure(0))).toEqual([false, false, true, true]);
    expect(at(6).isPastFailure(1)).toBe(false);
    const again = [...history, { kind: "method-retried", at: 2_000, method: 0 }, failed] as const;
    expect(at(4, undefined, again).isPastFailure(0)).toBe(true);
    const script = at(6);
    script.goLive();
    expect(script.isPastFailure(0)).toBe(false);
  });

  test("may do otherwise beyond its failure: what stands is not new, what is retried is", () => {
    expect(asked(at(6), task("0.1"))).toEqual(task("0.1"));
    expect(asked(at(6, 0), task("0.1"))).toBeUndefined();
    expect(asked(at(6, 0), task("0.0"))).toBe(history[2]);
  });

  test("may not do otherwise before it, nor may another method", () => {
    for (const retrying of [undefined, 0]) {
      expect(() => asked(at(3, retrying), task("0.1"))).toThrow(changed("got it as command 0.1"));
      expect(() => asked(at(6, retrying), task("1.1"))).toThrow(changed("got it as command 1.1"));
      expect(() => asked(at(4, retrying), task("1.0"))).toThrow(changed("got it as command 1.0"));
    }
    expect(() => asked(at(6, 1), task("1.1"))).toThrow(changed("got it as command 1.1"));
    expect(() => asked(at(6), task("0.0", { method: "undo" }))).toThrow(changed("got task Flights.undo"));
  });
});

test("history has a command only with the same arguments", () => {
  const script = scriptOf([task("0.0", { args: ["AF1"] })]);
  expect(script.has(task("0.0", { args: ["AF1"] }) as Command)).toBe(true);
  expect(script.has(task("0.0", { args: ["AF2"] }) as Command)).toBe(false);
  expect(script.has(task("0.1", { args: ["AF1"] }) as Command)).toBe(false);
  script.goLive();
  expect(script.has(task("0.0", { args: ["AF1"] }) as Command)).toBe(false);
});

test("schemas judge what is new, what was refused, and what comes after a failure", () => {
  const failed = (failure: Failure) => begun(task("0.0"), { kind: "method-failed", method: 0, failure });
  const script = new RecordedCommands(failed(boom));
  expect(script.judges(0)).toBe(false);
  script.enterSegment(4);
  expect(script.judges(0)).toBe(true);
  expect(script.judges(1)).toBe(false);
  script.goLive();
  expect(script.judges(1)).toBe(true);
  const refused = { name: "SchemaMismatchError", message: "expected …" };
  const ours = { ...refused, properties: { code: "SCHEMA_MISMATCH" } };
  expect(new RecordedCommands(failed(ours)).judges(0)).toBe(true);
  // EDG-52: a user's own error of this name says nothing about schemas.
  for (const theirs of [refused, { ...ours, foreign: true as const }, { ...ours, stack: "at run" }]) {
    expect(new RecordedCommands(failed(theirs)).judges(0)).toBe(false);
  }
});
