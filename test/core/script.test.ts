import { describe, expect, test } from "vitest";
import type { Failure } from "../../lib/core/failure.ts";
import type { Command, HistoryRecord } from "../../lib/core/history.ts";
import { type CheckMode, Script } from "../../lib/core/script.ts";
import { begun, boom, child, task, timer } from "./build.ts";

const asked = (script: Script, issued: HistoryRecord): Command | undefined =>
  script.recorded(issued as Command);
const changed = (text: string) =>
  expect.objectContaining({ code: "WORKFLOW_CHANGED", message: expect.stringContaining(text) });

function scriptOf(commands: readonly HistoryRecord[], mode?: CheckMode): Script {
  const history = begun(...commands);
  const script = new Script(history, mode);
  script.enterSegment(history.length);
  return script;
}

test("a command is given back as history has it", () => {
  const recorded = task("0.0", { args: ["AF1"], timeoutMs: 5 });
  expect(asked(scriptOf([recorded]), task("0.0", { args: ["AF2"], timeoutMs: 7 }))).toBe(recorded);
});

test("a command that history does not have, or has only after a later event, is a change", () => {
  const history = begun(task("0.0"), task("0.1"));
  const script = new Script(history);
  script.enterSegment(3);
  expect(asked(script, task("0.0"))).toBeDefined();
  expect(() => asked(script, task("0.1"))).toThrow(
    changed("expected no task Flights.reserve at this point of history"),
  );
  script.enterSegment(4);
  expect(asked(script, task("0.1"))).toBeDefined();
  expect(() => asked(script, timer("0.2", 5))).toThrow(changed("expected no timer at"));
});

test("before the first event nothing is expected", () => {
  expect(() => asked(new Script(begun(task("0.0"))), task("0.0"))).toThrow(changed("expected no task"));
});

test("once live, every command is new", () => {
  const script = scriptOf([task("0.0")]);
  script.goLive();
  expect(asked(script, task("0.0"))).toBeUndefined();
});

test("an outcome is held for the method and from the await that history says, and for none before", () => {
  const held = { command: "0.0", outcome: 2, from: 3 };
  const script = new Script(begun(task("0.0"), { kind: "method-failed", method: 0, failure: boom, held }));
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
  const script = new Script(begun(task("0.0"), { kind: "method-failed", method: 0, failure: boom }));
  expect(script.isHeld(0, "0.0", 1, 1)).toBe(false);
});

describe("commands are compared", () => {
  const leg = { workflow: "Leg", workflowId: "l" };
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
  const script = new Script(failed(boom));
  expect(script.judges(0)).toBe(false);
  script.enterSegment(4);
  expect(script.judges(0)).toBe(true);
  expect(script.judges(1)).toBe(false);
  script.goLive();
  expect(script.judges(1)).toBe(true);
  expect(new Script(failed({ ...boom, name: "SchemaMismatchError" })).judges(0)).toBe(true);
});
