import { describe, expect, test } from "vitest";
import { InfiniticError, isTransient } from "../../lib/core/values/errors.ts";
import { failureOf } from "../../lib/core/values/failure.ts";
import { errorOf } from "../../lib/core/values/remote-errors.ts";
import { hostile } from "./hostile-throws.ts";

class CardError extends Error {
  override readonly name = "CardError";
}

describe("EDG-50 making a failure never throws", () => {
  test.each(hostile())("of %s", (_what, thrown) => {
    const failure = failureOf(thrown);
    expect(failure.name).not.toBe("");
    expect(typeof failure.message).toBe("string");
    // It is data: what crosses the wire is what was made.
    expect(JSON.parse(JSON.stringify(failure))).toEqual(failure);
    expect(JSON.stringify(failure).length).toBeLessThan(200_000);
    expect(errorOf(failure)).toBeInstanceOf(Error);
    expect([thrown instanceof InfiniticError, isTransient(thrown)]).toEqual([false, false]);
  });

  test("keeps what can be read beside what cannot", () => {
    const error = Object.defineProperties(new CardError("declined"), {
      detail: {
        enumerable: true,
        get() {
          throw new Error("x");
        },
      },
      cents: { enumerable: true, value: 5 },
    });
    expect(failureOf(error)).toMatchObject({
      name: "CardError",
      message: "declined",
      properties: { cents: 5 },
    });
  });

  test("of an error of another realm is its name and message", async () => {
    const { runInNewContext } = await import("node:vm");
    const error = runInNewContext(
      "Object.assign(new RangeError('far'), { cents: 5, cause: new Error('deep') })",
    );
    expect(error).not.toBeInstanceOf(Error);
    expect(failureOf(error)).toMatchObject({
      name: "RangeError",
      message: "far",
      properties: { cents: 5 },
      cause: { message: "deep" },
    });
  });
});

describe("EDG-51 the errors of an AggregateError", () => {
  const reasons = [new CardError("a", { cause: new TypeError("why") }), "b", undefined];

  test("arrive as data, with their causes", () => {
    const failure = failureOf(new AggregateError(reasons, "All promises were rejected"));
    expect(failure).toMatchObject({
      name: "AggregateError",
      message: "All promises were rejected",
      errors: [
        { name: "CardError", message: "a", cause: { name: "TypeError", message: "why" } },
        { name: "Error", message: "b" },
        { name: "Error", message: "undefined" },
      ],
    });
    const rebuilt = errorOf(failure) as Error & { readonly errors: readonly Error[] };
    expect(rebuilt.errors.map(({ name, message }) => [name, message])).toEqual([
      ["CardError", "a"],
      ["Error", "b"],
      ["Error", "undefined"],
    ]);
    expect(failureOf(rebuilt)).toEqual(failureOf(errorOf(failureOf(rebuilt))));
    expect(failureOf(rebuilt).errors?.[0]).toMatchObject({ message: "a", cause: { message: "why" } });
  });

  test("arrive through others, and through causes", () => {
    const inner = new AggregateError([new CardError("deep")], "inner");
    const failure = failureOf(new Error("outer", { cause: new AggregateError([inner], "middle") }));
    expect(failure.cause?.errors?.[0]?.errors?.[0]).toMatchObject({ name: "CardError", message: "deep" });
  });

  test("fit a message, however many there are and whatever they refer to", () => {
    const many = new AggregateError(
      Array.from({ length: 5_000 }, (_, nth) => new Error(`e${nth}`.repeat(100))),
    );
    expect(JSON.stringify(failureOf(many)).length).toBeLessThan(150_000);
    expect(failureOf(many).errors?.[0]?.message).toContain("e0");
    const loop = new AggregateError([], "loop");
    loop.errors = [loop, loop, loop];
    expect(JSON.stringify(failureOf(loop)).length).toBeLessThan(1_000_000);
  });

  test("of an error that has a list of texts stay its property", () => {
    const invalid = Object.assign(new Error("invalid"), { errors: ["a", { field: "b" }] });
    expect(failureOf(invalid)).toMatchObject({ properties: { errors: ["a", { field: "b" }] } });
    expect(failureOf(invalid)).not.toHaveProperty("errors");
  });
});
