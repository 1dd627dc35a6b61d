import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeEngineMessage, decodeTaskMessage } from "../../lib/core/protocol/decode.ts";
import type { EngineMessage, ExecuteTaskMessage, Operation } from "../../lib/core/protocol/messages.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import {
  attemptFailed,
  boom,
  caller,
  cancel,
  childEnded,
  method,
  signal,
  start,
  taskCompleted,
  wake,
} from "./build.ts";

const executeTask: ExecuteTaskMessage = {
  kind: "execute-task",
  format: 1,
  id: "Trip:t-1:r1:0.0:0.0",
  at: 1_000,
  service: "Flights",
  method: "reserve",
  args: [],
  taskId: "Trip:t-1:r1:0.0",
  sequence: 0,
  attempt: 0,
  caller,
};
const failure = { kind: "failed", failure: boom } as const;
const address = { format: 1, id: "c1", at: 1_000, workflow: "Trip", workflowId: "t-1" } as const;
const toRun = { ...address, run: "r1", command: "0.0" } as const;
const delegated = { ...toRun, kind: "task-delegated", sequence: 0, attempt: 0 } as const;
const retryTasks = { kind: "retry-tasks", taskId: "Trip:t-1:r1:0.0", status: "timedOut", service: "Flights" };
const byTag = (operation: object) => ({
  ...{ kind: "by-tag" as const, format: 1, id: "b1", at: 1_000, workflow: "Trip", tag: "vip" },
  operation: operation as Operation,
});
const OPERATIONS: readonly object[] = [
  { kind: "signal", channel: "word", value: 1 },
  { kind: "method", method: "more", args: [1] },
  { kind: "cancel", methodId: "main" },
  { kind: "retry" },
  { kind: "retry-tasks" },
  { ...retryTasks, status: "failed" },
  { kind: "complete-timers" },
];
const VALID: readonly EngineMessage[] = [
  start(),
  start({ tags: ["vip"], meta: { n: 1 }, customId: "c", caller, traceparent: "00-1" }),
  signal(),
  signal({ value: null }),
  method({ caller }),
  cancel(),
  cancel("main"),
  taskCompleted("0.0", "ok"),
  attemptFailed("0.0"),
  attemptFailed("0.0", { nextInMs: 500, meta: { n: 1 } }),
  childEnded("0.0"),
  childEnded("0.0", { outcome: failure }),
  wake(5_000),
  { ...address, kind: "retry" },
  { ...address, kind: "retry", run: "r1", methodId: "main" },
  { ...address, kind: "retry-tasks" },
  { ...address, ...retryTasks } as EngineMessage,
  { ...address, kind: "complete-timers", methodId: "main" },
  delegated,
  { ...delegated, heartbeatMs: 500 },
  { ...toRun, kind: "delegated-result", outcome: failure },
  { ...toRun, kind: "heartbeat" },
  ...OPERATIONS.map(byTag),
  { ...byTag({ kind: "retry" }), cursor: "page-2" },
];

const codeOf = (decode: () => unknown): string => {
  try {
    decode();
  } catch (error) {
    if (error instanceof InfiniticError) return error.code;
    throw error;
  }
  return "none";
};
const decodeValue = (value: unknown) => codeOf(() => decodeEngineMessage(JSON.stringify(value), ["Trip"]));

describe("a message to an instance", () => {
  test.each(VALID)("$kind is read as it was written", (message) => {
    expect(decodeEngineMessage(JSON.stringify(message), ["Trip"])).toEqual(message);
  });

  test.each<[string, object]>([
    ["no id", { ...signal(), id: "" }],
    ["no instant", { ...signal(), at: null }],
    ["no text as its trace", { ...signal(), traceparent: 1 }],
    ["no workflow's name", { ...signal(), workflow: "1Trip" }],
    ["no workflow id", { ...signal(), workflowId: "a b" }],
    ["no text as its workflow id", { ...signal(), workflowId: 5 }],
    ["no channel", { ...signal(), channel: undefined }],
    ["no method", { ...start(), method: "" }],
    ["no list of arguments", { ...start(), args: { length: 1 } }],
    ["no texts as tags", { ...start(), tags: [1] }],
    ["no object as meta", { ...start(), meta: [] }],
    ["no whole caller", { ...start(), caller: { ...caller, run: "" } }],
    ["no object as caller", { ...method(), caller: "me" }],
    ["no text as method id", { ...cancel(), methodId: 1 }],
    ["no run", { ...taskCompleted("0.0"), run: undefined }],
    ["no count as attempt", { ...attemptFailed("0.0"), attempt: -1 }],
    ["no count as sequence", { ...attemptFailed("0.0"), sequence: 1.5 }],
    ["no named failure", { ...attemptFailed("0.0"), failure: { message: "?" } }],
    ["a failure without a message", { ...attemptFailed("0.0"), failure: { name: "Error" } }],
    ["no time as delay", { ...attemptFailed("0.0"), nextInMs: "1s" }],
    ["no instant as due", { ...wake(1), dueAt: "now" }],
    ["no outcome", { ...childEnded("0.0"), outcome: null }],
    ["an outcome of another kind", { ...childEnded("0.0"), outcome: { kind: "lost" } }],
    ["an outcome without its failure", { ...childEnded("0.0"), outcome: { kind: "failed" } }],
    ["no number as instant", { ...signal(), at: "1" }],
    ["no texts only as tags", { ...start(), tags: ["vip", 1] }],
    ["no name as workflow", { ...signal(), workflow: ["Trip"] }],
    [
      "an outcome of another kind that has a failure",
      { ...childEnded("0.0"), outcome: { ...failure, kind: "" } },
    ],
    ["no text as the run to retry", { ...address, kind: "retry", run: 1 }],
    ["no text as the method to retry", { ...address, kind: "retry", methodId: 1 }],
    ["no workflow id to retry", { ...address, kind: "retry", workflowId: undefined }],
    ["no status to retry", { ...address, ...retryTasks, status: "completed" }],
    ["no text as the task to retry", { ...address, ...retryTasks, taskId: 1 }],
    ["no text as the service to retry", { ...address, ...retryTasks, service: 1 }],
    ["no text as the method whose timers fire", { ...address, kind: "complete-timers", methodId: 1 }],
    ["no workflow id whose timers fire", { ...address, kind: "complete-timers", workflowId: "" }],
    ["no command that was delegated", { ...delegated, command: "" }],
    ["no count of a delegated attempt", { ...delegated, attempt: "0" }],
    ["no count of a delegated sequence", { ...delegated, sequence: "0" }],
    ["no time between heartbeats", { ...delegated, heartbeatMs: "1s" }],
    ["no command that has a result", { ...toRun, kind: "delegated-result", command: "", outcome: failure }],
    ["no result", { ...toRun, kind: "delegated-result" }],
    ["no command that has a heartbeat", { ...toRun, kind: "heartbeat", command: undefined }],
    ["no run that has a heartbeat", { ...toRun, kind: "heartbeat", run: undefined }],
    ["no tag", { ...byTag({ kind: "retry" }), tag: "" }],
    ["no workflow that has the tag", { ...byTag({ kind: "retry" }), workflow: undefined }],
    ["no id by tag", { ...byTag({ kind: "retry" }), id: undefined }],
    ["no text as cursor", { ...byTag({ kind: "retry" }), cursor: 2 }],
    ["no object as what is done by tag", byTag([])],
    ["nothing to do by tag", { ...byTag({}), operation: undefined }],
    ["an unheard-of thing to do by tag", byTag({ kind: "start", method: "run", args: [] })],
    ["an inherited name as what is done by tag", byTag({ kind: "constructor" })],
    ["a list as what is done by tag", byTag({ kind: ["retry"] })],
    ["no channel for a signal by tag", byTag({ kind: "signal" })],
    ["no method to run by tag", byTag({ kind: "method", args: [] })],
    ["no arguments for a method by tag", byTag({ kind: "method", method: "more" })],
    ["no text as the method to cancel by tag", byTag({ kind: "cancel", methodId: 1 })],
    ["no status to retry by tag", byTag({ ...retryTasks, status: "lost" })],
    ["no kind", { ...signal(), kind: undefined }],
    ["an inherited name as kind", { ...signal(), kind: "constructor" }],
    ["a list as kind", { ...signal(), kind: ["signal"] }],
    ["null as kind", { ...signal(), kind: null }],
    ["a kind of another topic", executeTask],
    ["no format", { ...signal(), format: undefined }],
    ["a list as format", { ...signal(), format: [1] }],
    ["no object", [signal()]],
  ])("with %s is undecodable", (_what, message) => {
    expect(decodeValue(message)).toBe("MESSAGE_UNDECODABLE");
  });

  test("that is no JSON is undecodable, with its cause", () => {
    expect(() => decodeEngineMessage("{", ["Trip"])).toThrow(
      expect.objectContaining({ code: "MESSAGE_UNDECODABLE", cause: expect.any(SyntaxError) }),
    );
  });

  test.each<[string, string]>([
    ["{".padEnd(200, "a"), `expected JSON, got ${"{".padEnd(80, "a")}`],
    [JSON.stringify("a".repeat(200)), `expected a JSON object, got "${"a".repeat(79)}`],
    ['{"format":"1"}', 'expected a format number, got "1"'],
    ['{"format":-1}', "expected a format number, got -1"],
    ['{"format":null}', "expected a format number, got null"],
    ['{"format":{}}', "expected a format number, got an object"],
    ['{"format":1,"kind":"lost"}', 'expected a message to a workflow, got kind "lost"'],
    [
      '{"format":9}',
      "expected a message of format 1 or older, got format 9: deploy the version that wrote it",
    ],
  ])("%j is refused with what it is, as far as that can be read", (payload, text) => {
    expect(() => decodeEngineMessage(payload, ["Trip"])).toThrow(expect.objectContaining({ message: text }));
  });

  test("of another workflow is refused with those that the function serves", () => {
    expect(decodeEngineMessage(JSON.stringify(signal()), ["Tour", "Trip"])).toEqual(signal());
    expect(() => decodeEngineMessage(JSON.stringify(signal()), ["Tour", "Leg"])).toThrow(
      "expected a message of workflow Tour or Leg, got one of Trip",
    );
  });

  test("of another workflow is misrouted", () => {
    expect(codeOf(() => decodeEngineMessage(JSON.stringify(signal()), ["Tour"]))).toBe("MESSAGE_MISROUTED");
  });

  test("of a later format waits, whatever else it holds", () => {
    expect(decodeValue({ format: 2, kind: "unheard of" })).toBe("MESSAGE_FORMAT_TOO_NEW");
  });

  test("names every field that is wrong", () => {
    const message = { ...signal(), at: null, channel: 1 };
    expect(() => decodeEngineMessage(JSON.stringify(message), ["Trip"])).toThrow(
      "expected a valid signal message, got a wrong at, channel",
    );
  });
});

describe("a task message", () => {
  test("is read as it was written", () => {
    const whole = { ...executeTask, tags: ["vip"], meta: {}, lastFailure: boom };
    for (const message of [executeTask, whole]) {
      expect(decodeTaskMessage(JSON.stringify(message), "Flights")).toEqual(message);
    }
  });

  test.each<[string, object, string]>([
    ["of another kind is undecodable", signal(), "MESSAGE_UNDECODABLE"],
    ["without a caller is undecodable", { ...executeTask, caller: undefined }, "MESSAGE_UNDECODABLE"],
    [
      "with no failure as its last one is undecodable",
      { ...executeTask, lastFailure: 1 },
      "MESSAGE_UNDECODABLE",
    ],
    ["of another service is misrouted", { ...executeTask, service: "Hotels" }, "MESSAGE_MISROUTED"],
    ["of a later format waits", { ...executeTask, format: 9 }, "MESSAGE_FORMAT_TOO_NEW"],
  ])("%s", (_what, message, code) => {
    expect(codeOf(() => decodeTaskMessage(JSON.stringify(message), "Flights"))).toBe(code);
  });
});

test("a task message is refused with what it is", () => {
  const decode = (message: object) => () => decodeTaskMessage(JSON.stringify(message), "Flights");
  expect(decode(signal())).toThrow('expected an execute-task message, got kind "signal"');
  expect(decode({ ...executeTask, service: "Hotels" })).toThrow(
    "expected a message of service Flights, got one of Hotels",
  );
  // It would pass for one in all but its kind.
  expect(codeOf(decode({ ...executeTask, kind: "task-completed" }))).toBe("MESSAGE_UNDECODABLE");
});

const ANSWERS = ["none", "MESSAGE_UNDECODABLE", "MESSAGE_MISROUTED", "MESSAGE_FORMAT_TOO_NEW"];

test("any text is read or refused with a code, and nothing else happens", () => {
  const mangled = fc
    .tuple(fc.constantFrom(...VALID, executeTask), fc.string(), fc.jsonValue())
    .chain(([message, name, value]) =>
      fc.constantFrom(...Object.keys(message), name, "__proto__").map((field) => {
        const fields = [...Object.entries(message).filter(([key]) => key !== field), [field, value]];
        return JSON.stringify(Object.fromEntries(fields));
      }),
    );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), mangled), (payload) => {
      expect(ANSWERS).toContain(codeOf(() => decodeEngineMessage(payload, ["Trip"])));
      expect(ANSWERS).toContain(codeOf(() => decodeTaskMessage(payload, "Flights")));
    }),
    { numRuns: 2_000 },
  );
});

test.each(["kind", "format", "args", "failure"])(
  "a %s nested a hundred thousand times harms nobody",
  (field) => {
    const nested = "[".repeat(100_000) + "]".repeat(100_000);
    const text = JSON.stringify({ ...attemptFailed("0.0"), [field]: "HERE" }).replace('"HERE"', nested);
    expect(ANSWERS).toContain(codeOf(() => decodeEngineMessage(text, ["Trip"])));
  },
);

test("a payload cannot reach the prototype of objects", () => {
  const text = JSON.stringify(start({ meta: { n: 1 } })).replace(
    '"n":1',
    '"__proto__":{"polluted":1},"constructor":1',
  );
  const message = decodeEngineMessage(text.replace("{", '{"__proto__":{"polluted":1},'), ["Trip"]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect((message as { polluted?: unknown }).polluted).toBeUndefined();
  expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
});

test("a field that is only inherited does not count", () => {
  const { channel: _channel, ...rest } = signal();
  const text = JSON.stringify(rest).replace("{", '{"__proto__":{"channel":"word"},');
  expect(codeOf(() => decodeEngineMessage(text, ["Trip"]))).toBe("MESSAGE_UNDECODABLE");
});
