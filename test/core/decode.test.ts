import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeEngineMessage, decodeTaskMessage } from "../../lib/core/decode.ts";
import { InfiniticError } from "../../lib/core/errors.ts";
import type { ExecuteTaskMessage, InstanceMessage } from "../../lib/core/messages.ts";
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
const VALID: readonly InstanceMessage[] = [
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

  test("of another workflow is misrouted", () => {
    expect(codeOf(() => decodeEngineMessage(JSON.stringify(signal()), ["Tour"]))).toBe("MESSAGE_MISROUTED");
  });

  test("of a later format waits, whatever else it holds", () => {
    expect(decodeValue({ format: 2, kind: "unheard of" })).toBe("MESSAGE_FORMAT_TOO_NEW");
  });

  test("names every field that is wrong", () => {
    const message = { ...signal(), at: null, channel: 1 };
    expect(() => decodeEngineMessage(JSON.stringify(message), ["Trip"])).toThrow("got a wrong at, channel");
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
