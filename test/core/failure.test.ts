import { describe, expect, test } from "vitest";
import { ERRORS, type ErrorCode, hasCode, InfiniticError } from "../../lib/core/values/errors.ts";
import { failureOf } from "../../lib/core/values/failure.ts";
import { RemoteError } from "../../lib/core/values/remote-error.ts";
import {
  errorOf,
  TaskFailedError,
  TaskTimedOutError,
  WorkflowCanceledError,
  WorkflowEndedError,
  WorkflowFailedError,
  WorkflowTimedOutError,
  WorkflowUnknownError,
} from "../../lib/core/values/remote-errors.ts";

class CardError extends Error {
  readonly code = "card_declined";
  readonly attempts = 3;
  readonly nested = { issuer: ["bank", null] };
  readonly retry = (): void => {};
  override readonly name = "CardError";
}

const task = { service: "Payments", method: "charge", taskId: "Trip:t-1:r1:0.0" };
const names = { workflow: "Trip", workflowId: "t-1", method: "run" };
/** As it would come off the wire. */
const hop = (error: unknown) => errorOf(JSON.parse(JSON.stringify(failureOf(error))));

describe("a failure", () => {
  test("is an error's name, message, stack and own properties as data", () => {
    const error = new CardError("no");
    expect(failureOf(error)).toEqual({
      name: "CardError",
      message: "no",
      stack: error.stack,
      properties: { code: "card_declined", attempts: 3, nested: { issuer: ["bank", null] } },
    });
  });

  test("has a cause where the error has one, as far down as twenty", () => {
    const two = failureOf(new Error("outer", { cause: new TypeError("inner", { cause: "text" }) }));
    expect(two).toMatchObject({ message: "outer", cause: { name: "TypeError", cause: { message: "text" } } });
    const cycle = new Error("cycle");
    cycle.cause = cycle;
    let depth = 0;
    for (let at = failureOf(cycle).cause; at; at = at.cause) depth++;
    expect(depth).toBe(20);
  });

  test("leaves out what is no JSON", () => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    const error = Object.assign(new Error("odd"), { loop, big: 1n, fn: () => 1, sym: Symbol("s"), ok: true });
    expect(failureOf(error).properties).toEqual({ ok: true });
    expect(failureOf(new Error("plain"))).not.toHaveProperty("properties");
  });

  test("keeps a property called __proto__ a property", () => {
    const error = Object.defineProperty(new Error("odd"), "__proto__", { value: { x: 1 }, enumerable: true });
    expect(Object.entries(failureOf(error).properties ?? {})).toEqual([["__proto__", { x: 1 }]]);
  });

  test("always has a name and a text, whatever the error's were set to", () => {
    const named = (name: unknown) =>
      Object.assign(new Error(), { name, message: { not: "a text" }, stack: 5 });
    for (const name of [undefined, null, "", 0]) {
      expect(failureOf(named(name))).toMatchObject({ name: "Error", message: "[object Object]", stack: "5" });
    }
    expect(failureOf(named(7)).name).toBe("7");
  });

  test("fits any message, however much the error and its causes have to say", () => {
    const talker = (cause?: Error): Error =>
      Object.assign(new Error("m".repeat(1_000_000), { cause }), {
        small: "kept",
        large: "p".repeat(1_000_000),
        stack: "s".repeat(1_000_000),
      });
    const failure = failureOf(talker(talker(talker())));
    expect(failure.message).toBe(`${"m".repeat(8_192)}…`);
    expect(failure.stack).toBe(`${"s".repeat(8_192)}…`);
    expect(failure.properties).toEqual({ small: "kept" });
    expect(failure.cause?.cause).toMatchObject({ name: "Error", properties: { small: "kept" } });
    expect(
      JSON.stringify(failureOf(Array.from({ length: 30 }).reduce<Error>(talker, talker()))).length,
    ).toBeLessThan(70_000);
    expect(failureOf("t".repeat(1_000_000)).message).toHaveLength(8_193);
  });

  test("has no stack when the error has none, or is one of the catalogue", () => {
    const bare = new Error("bare");
    delete bare.stack;
    expect(failureOf(bare)).toEqual({ name: "Error", message: "bare" });
    expect(failureOf(new InfiniticError("INTERNAL", "ours"))).toEqual({
      name: "InternalError",
      message: "ours",
      properties: { code: "INTERNAL" },
    });
  });

  test.each<[unknown, string]>([
    ["text", "text"],
    [{ reason: "none" }, '{"reason":"none"}'],
    [undefined, "undefined"],
    [null, "null"],
    [7n, "7"],
    [Symbol("s"), "Symbol(s)"],
  ])("of a thrown %o is what can be said of it", (thrown, message) => {
    expect(failureOf(thrown)).toEqual({ name: "Error", message });
  });

  test("of a thrown object that is no JSON says that it is an object", () => {
    const loop = Object.create(null) as { self: unknown };
    loop.self = loop;
    expect(failureOf(loop).message).toBe("[object Object]");
  });
});

describe("an error rebuilt from data", () => {
  test("of a user has its name, message, stack, properties and causes", () => {
    const error = new CardError("no", { cause: new TypeError("why") });
    const rebuilt = hop(error) as RemoteError;
    expect(rebuilt).toBeInstanceOf(RemoteError);
    expect(rebuilt).toMatchObject({ name: "CardError", message: "no", stack: error.stack });
    expect(rebuilt.properties).toEqual({
      code: "card_declined",
      attempts: 3,
      nested: { issuer: ["bank", null] },
    });
    expect(rebuilt.cause).toBeInstanceOf(RemoteError);
    expect(rebuilt.cause).toMatchObject({ name: "TypeError", message: "why" });
  });

  test("without properties has none, and a stack of its own", () => {
    expect((errorOf({ name: "E", message: "m" }) as RemoteError).properties).toEqual({});
    expect(errorOf({ name: "E", message: "m" }).stack).toContain("m");
  });

  test("is the same after any number of hops", () => {
    const child = new WorkflowFailedError(names, {
      cause: new TaskFailedError(task, { cause: new CardError("no", { cause: new RangeError("deep") }) }),
    });
    const once = failureOf(hop(child));
    expect(failureOf(hop(hop(hop(child))))).toEqual(once);
    expect(once).toEqual(failureOf(child));
  });

  test.each([
    new TaskFailedError(task),
    new TaskTimedOutError(task),
    new WorkflowFailedError(names),
    new WorkflowCanceledError({ workflow: "Trip", workflowId: "t-1" }),
    new WorkflowTimedOutError(names),
    new WorkflowUnknownError(names),
    new WorkflowEndedError(names),
  ])("of the catalogue is of its class: $name", (error) => {
    const rebuilt = hop(error);
    expect(rebuilt).toBeInstanceOf(error.constructor);
    expect({ ...rebuilt }).toEqual({ ...error });
    expect(rebuilt.message).toBe(error.message);
  });

  test("of the catalogue without a class of its own has its code, its text and its cause", () => {
    const rebuilt = hop(
      new InfiniticError("INVALID_ARGUMENT", "expected …", { cause: new TypeError("why") }),
    );
    expect(hasCode(rebuilt, "INVALID_ARGUMENT")).toBe(true);
    expect(rebuilt).toMatchObject({
      name: "InvalidArgumentError",
      message: "expected …",
      cause: { message: "why" },
    });
  });

  test.each([
    "toString",
    "constructor",
    "__proto__",
    "hasOwnProperty",
    "TaskFailedError",
    "WorkflowFailedError",
  ])("of a user may be called %s", (name) => {
    for (const properties of [{}, { code: "toString" }, { code: name }, { code: "INTERNAL" }, { code: 5 }]) {
      const rebuilt = errorOf({ name, message: "mine", properties: properties as { code: string } });
      expect(rebuilt).toBeInstanceOf(RemoteError);
      expect(rebuilt).toMatchObject({ name, message: "mine", properties });
    }
  });
});

describe("the catalogue", () => {
  test("gives every error its name, each name once", () => {
    const named = Object.keys(ERRORS).map((code) => new InfiniticError(code as ErrorCode, "m").name);
    expect(named).toEqual(Object.values(ERRORS).map(({ name }) => name));
    expect(new Set(named).size).toBe(named.length);
  });

  test("tells an error by its code", () => {
    const error = new InfiniticError("STORE_THROTTLED", "m");
    expect(hasCode(error, "STORE_THROTTLED")).toBe(true);
    expect(hasCode(error, "INTERNAL")).toBe(false);
    expect(hasCode({ code: "STORE_THROTTLED" }, "STORE_THROTTLED")).toBe(false);
  });
});
