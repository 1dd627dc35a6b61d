import { type } from "arktype";
import { expect, test } from "tstyche";
import * as v from "valibot";
import { z } from "zod";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { OrderFlow, Payments } from "./order.ts";

const receipt = z.object({ id: z.string(), cents: z.int() });

test("schemas of any library fit an interface whose values they give", () => {
  expect(defineService<Payments>).type.toBeCallableWith("Payments", {});
  expect(defineService<Payments>).type.toBeCallableWith("Payments", {
    charge: { args: z.tuple([z.string(), z.int().positive()]), result: receipt },
    refund: { args: z.tuple([receipt, z.string().optional()]) },
  });
  expect(defineService<Payments>).type.toBeCallableWith("Payments", {
    charge: {
      args: v.tuple([v.string(), v.number()]),
      result: v.object({ id: v.string(), cents: v.number() }),
    },
  });
  expect(defineService<Payments>).type.toBeCallableWith("Payments", {
    charge: { args: type(["string", "number"]), result: type({ id: "string", cents: "number" }) },
  });
});

test("a workflow's methods, queries and channels may have schemas", () => {
  expect(defineWorkflow<OrderFlow>).type.toBeCallableWith("OrderFlow", {
    run: { args: z.tuple([z.string()]), result: receipt },
    words: z.union([
      z.object({ kind: z.literal("yes"), by: z.string() }),
      z.object({ kind: z.literal("no") }),
    ]),
    phase: { args: z.tuple([z.string()]), result: z.string() },
  });
});

test("a schema may fill in and convert, as long as it gives the interface's type", () => {
  expect(defineService<Payments>).type.toBeCallableWith("Payments", {
    charge: { args: z.tuple([z.string().trim().default("none"), z.coerce.number()]) },
  });
});

test("a schema that gives another type does not compile", () => {
  // @ts-expect-error Type 'string' is not assignable to type 'number'.
  defineService<Payments>("Payments", { charge: { args: z.tuple([z.string(), z.string()]) } });
  // @ts-expect-error is not assignable to type
  defineService<Payments>("Payments", { charge: { result: v.object({ id: v.string() }) } });
  // @ts-expect-error is not assignable to type
  defineWorkflow<OrderFlow>("OrderFlow", { words: type("string") });
});

test("a schema of something that the interface does not have does not compile", () => {
  // @ts-expect-error 'chrage' does not exist in type
  defineService<Payments>("Payments", { chrage: {} });
  // @ts-expect-error 'arguments' does not exist in type
  defineService<Payments>("Payments", { charge: { arguments: z.tuple([]) } });
  // @ts-expect-error 'args' does not exist in type
  defineWorkflow<OrderFlow>("OrderFlow", { words: { args: z.tuple([]) } });
});
