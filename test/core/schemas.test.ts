import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Check, SchemaMismatchError } from "../../lib/core/contract/check.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { Schemas } from "../../lib/core/contract/schemas.ts";
import type { SchemaIssue, StandardSchema } from "../../lib/core/contract/standard-schema.ts";

interface Payments {
  charge(
    orderId: string,
    cents: number,
  ): Promise<{ readonly id: string; readonly note?: string | undefined }>;
}

const byLibrary: { readonly [library: string]: StandardSchema<[string, number]> } = {
  zod: z.tuple([z.string(), z.int()]),
  valibot: v.tuple([v.string(), v.pipe(v.number(), v.integer())]),
  arktype: type(["string", "number.integer"]),
};

const thrownBy = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

const whole = z.tuple([z.string()]).refine(async ([text]) => text !== "");
const later = defineService<{ log(text: string): void }>("Log", { log: { args: whole } }).schemas.args("log");

describe.each(Object.entries(byLibrary))("a schema of %s", (_library, args) => {
  const check = defineService<Payments>("Payments", { charge: { args } }).schemas.args("charge");

  test("gives what it makes of a value that fits", async () => {
    expect(await check?.parse(["order-1", 100])).toEqual(["order-1", 100]);
    expect(check?.parseNow(["order-1", 100])).toEqual(["order-1", 100]);
    expect(() => check?.admit(["order-1", 100])).not.toThrow();
  });

  test("refuses another value, and says what is wrong where", async () => {
    const error = thrownBy(() => check?.parseNow(["order-1", 1.5])) as SchemaMismatchError;
    expect(error).toMatchObject({ code: "SCHEMA_MISMATCH", name: "SchemaMismatchError" });
    expect(error.message).toMatch(
      /^expected the arguments of Payments\.charge to fit the schema, got: .+ at \/1$/,
    );
    expect(error.flaws).toEqual([{ detail: expect.any(String), pointer: "/1" }]);
    await expect(check?.parse([])).rejects.toMatchObject({ code: "SCHEMA_MISMATCH" });
    expect(() => check?.admit(["order-1"])).toThrow("expected the arguments of Payments.charge");
  });
});

test("flaws are told as JSON pointers, no more than can be read", () => {
  const args = z.tuple([z.strictObject({ "a/b": z.strictObject({ "~": z.number() }) })]);
  const deep = defineService<{ put(value: { "a/b": { "~": number } }): void }>("Deep", { put: { args } });
  const { flaws } = thrownBy(() =>
    deep.schemas.args("put")?.parseNow([{ "a/b": { "~": "" } }]),
  ) as SchemaMismatchError;
  expect(flaws).toMatchObject([{ pointer: "/0/a~1b/~0" }]);

  const numbers = defineService<{ sum(...numbers: number[]): number }>("Numbers", {
    sum: { args: z.array(z.number("x".repeat(1_000))) },
  });
  const many = thrownBy(() =>
    numbers.schemas.args("sum")?.parseNow(Array.from({ length: 100 }, String)),
  ) as SchemaMismatchError;
  expect(many.flaws.length).toBe(20);
  expect(many.message.length).toBeLessThan(5_000);
});

describe("a schema that validates asynchronously", () => {
  test("is waited for", async () => {
    expect(await later?.parse(["paid"])).toEqual(["paid"]);
    await expect(later?.parse([""])).rejects.toMatchObject({ code: "SCHEMA_MISMATCH" });
  });

  test("is refused where workflow code receives", () => {
    expect(thrownBy(() => later?.parseNow(["paid"]))).toMatchObject({
      code: "INVALID_DEFINITION",
      message: expect.stringContaining("the arguments of Log.log"),
    });
  });

  test("is left to the receiver where workflow code sends", () => {
    expect(() => later?.admit([""])).not.toThrow();
  });
});

test("members without a schema are not checked, whatever their name", () => {
  const { schemas } = defineWorkflow<{ run(): Promise<void> }>("Flow", {});
  for (const name of ["run", "constructor", "__proto__", "toString"]) {
    expect([schemas.args(name), schemas.result(name), schemas.signal(name)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  }
});

test("something else than a schema is refused when the definition is made", () => {
  const define = (schemas: object) => () => defineService("Payments", schemas);
  expect(define({ charge: 1 })).toThrow("expected Payments.charge to have a Standard Schema");
  expect(define({ charge: null })).toThrow("got something else");
  expect(define({ charge: { argz: z.tuple([]) } })).toThrow("{ args, result }");
  expect(define({ charge: { args: {} } })).toThrow("{ args, result }");
});

/** A schema that finds just this wrong with every value. */
const finding = (...issues: readonly SchemaIssue[]): StandardSchema => ({
  "~standard": { version: 1, vendor: "test", validate: () => ({ issues }) },
});

test("a refusal names what was checked, and each flaw with its place, if it has one", () => {
  const flaws = [{ message: "too short" }, { message: "no number", path: ["a", { key: 0 }] }];
  const schemas = new Schemas("Flow", {
    run: { args: finding(...flaws), result: finding({ message: "no text", path: [] }) },
    word: finding({ message: "unwanted" }),
  });
  const refusal = (check: Check | undefined) => (thrownBy(() => check?.parseNow(1)) as Error).message;
  const got = "to fit the schema, got:";
  expect(refusal(schemas.args("run"))).toBe(
    `expected the arguments of Flow.run ${got} too short; no number at /a/0`,
  );
  expect(refusal(schemas.result("run"))).toBe(`expected the result of Flow.run ${got} no text`);
  expect(refusal(schemas.signal("word"))).toBe(`expected a signal on channel Flow.word ${got} unwanted`);
  expect([schemas.signal("run"), schemas.args("word")]).toEqual([undefined, undefined]);
});

test("a flaw's text is cut beyond 200 characters", () => {
  const detailOf = (message: string): string => {
    const check = new Schemas("Flow", { word: finding({ message }) }).signal("word");
    return (thrownBy(() => check?.parseNow(1)) as SchemaMismatchError).flaws[0]?.detail ?? "";
  };
  expect(detailOf("x".repeat(200))).toBe("x".repeat(200));
  expect(detailOf("x".repeat(201))).toBe(`${"x".repeat(200)}…`);
});

test("a method may have a schema of its result alone, and a signal's schema may be a function", async () => {
  const schemas = new Schemas("Flow", { run: { result: z.string() }, word: type("string") });
  expect(schemas.args("run")).toBeUndefined();
  expect(schemas.result("run")?.parseNow("done")).toBe("done");
  expect(schemas.signal("word")?.parseNow("go")).toBe("go");
  expect(() => new Schemas("Flow", { run: { args: z.tuple([]), more: z.string() } })).toThrow(
    "expected Flow.run",
  );
});

test("an asynchronous schema that fails in workflow code disturbs nobody", async () => {
  const validate = () => Promise.reject(new Error("no connection"));
  const check = new Schemas("Flow", {
    word: { "~standard": { version: 1, vendor: "test", validate } },
  }).signal("word");
  expect(() => check?.admit("go")).not.toThrow();
  expect(() => check?.parseNow("go")).toThrow("expected a schema that validates synchronously");
  await expect(check?.parse("go")).rejects.toThrow("no connection");
});
