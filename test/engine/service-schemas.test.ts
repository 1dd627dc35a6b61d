import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { serviceFunction } from "../../lib/lambda/service-function.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";

interface Receipt {
  readonly id: string;
  readonly cents: number;
}

interface Payments {
  charge(orderId: string, cents: number): Promise<Receipt>;
}

const receipt = z.object({ id: z.string(), cents: z.int() });
const args = z.tuple([z.string().trim(), z.int().positive()]);
const Payments = defineService<Payments>("Payments", { charge: { args, result: receipt } });
/** The same service, as a caller that knows nothing of its schemas sees it. */
const Unchecked = defineService<Payments>("Payments");
const Slow = defineService<Payments>("Payments", {
  charge: { args: args.refine(async ([orderId]) => orderId !== "stolen", "stolen"), result: receipt },
});

interface Till {
  run(orderId: string, cents: number): Promise<unknown>;
}
const Till = defineWorkflow<Till>("Till");

const tillOf = (definition: typeof Payments) =>
  class TillV1 extends Workflow implements Till {
    private payments = newService(definition);
    async run(orderId: string, cents: number): Promise<unknown> {
      try {
        return await this.payments.charge(orderId, cents);
      } catch (error) {
        const { name, cause = error } = error as Error;
        return { name, cause: (cause as Error).name, message: (cause as Error).message };
      }
    }
  };

/** Charges through a workflow; gives what the workflow saw, and what came of the service's code. */
async function charge(
  request: readonly [string, number],
  setup: { readonly caller: typeof Payments; readonly service: typeof Payments; readonly result?: unknown },
) {
  const calls: unknown[] = [];
  const implementation: Payments = {
    async charge(orderId, cents) {
      calls.push([orderId, cents]);
      return (setup.result ?? { id: orderId, cents }) as Receipt;
    },
  };
  const system = await new TestSystem({
    workflows: [workflowOf(Till, tillOf(setup.caller))],
    services: [serviceOf(setup.service, implementation)],
  }).start();
  try {
    const seen = await system.until(system.client.newWorkflow(Till).run(...request));
    return { seen, calls };
  } finally {
    await system.close();
  }
}

const mismatch = (message: string) => ({
  cause: "SchemaMismatchError",
  message: expect.stringContaining(message),
});

describe("a service", () => {
  const setup = { caller: Unchecked, service: Payments };

  test("gets what the schema makes of arguments that fit", async () => {
    expect(await charge([" order-1 ", 100], setup)).toEqual({
      seen: { id: "order-1", cents: 100 },
      calls: [["order-1", 100]],
    });
  });

  test("fails a task whose arguments do not fit, once and before its code", async () => {
    const { seen, calls } = await charge(["order-1", -1], setup);
    expect(seen).toMatchObject({ name: "TaskFailedError", ...mismatch("the arguments of Payments.charge") });
    expect(calls).toEqual([]);
  });

  test("fails a task whose result does not fit, once", async () => {
    const { seen, calls } = await charge(["order-1", 100], { ...setup, result: { id: 1 } });
    expect(seen).toMatchObject({ name: "TaskFailedError", ...mismatch("the result of Payments.charge") });
    expect(calls.length).toBe(1);
  });

  test("answers with its result as it gave it", async () => {
    const result = { id: "r-1", cents: 100, more: true };
    expect((await charge(["order-1", 100], { ...setup, result })).seen).toEqual(result);
  });

  test("may have schemas that validate asynchronously for its arguments", async () => {
    const slow = { caller: Slow, service: Slow };
    expect((await charge([" order-1 ", 100], slow)).calls).toEqual([["order-1", 100]]);
    const { seen, calls } = await charge(["stolen", 100], slow);
    expect(seen).toMatchObject({ name: "TaskFailedError", ...mismatch("stolen") });
    expect(calls).toEqual([]);
  });
});

describe("workflow code that calls a service", () => {
  const setup = { caller: Payments, service: Unchecked };

  test("is told at the call that an argument does not fit, and nothing is sent", async () => {
    const { seen, calls } = await charge(["order-1", 1.5], setup);
    expect(seen).toMatchObject({
      name: "SchemaMismatchError",
      ...mismatch("expected the arguments of Payments.charge to fit the schema, got: "),
    });
    expect(calls).toEqual([]);
  });

  test("sends arguments as they are", async () => {
    expect((await charge([" order-1 ", 100], setup)).calls).toEqual([[" order-1 ", 100]]);
  });

  test("gets what the schema makes of a result", async () => {
    const result = { id: "r-1", cents: 100, more: true };
    expect((await charge(["order-1", 100], { ...setup, result })).seen).toEqual({ id: "r-1", cents: 100 });
  });

  test("is told where it waits that a result does not fit", async () => {
    const { seen } = await charge(["order-1", 100], { ...setup, result: { id: 1 } });
    expect(seen).toMatchObject({
      name: "SchemaMismatchError",
      ...mismatch("the result of Payments.charge"),
    });
  });
});

test("a task of a batch whose arguments or result do not fit fails alone", async () => {
  const batches: unknown[] = [];
  const implementation: Payments = { charge: () => Promise.reject(new Error("not called")) };
  const handler = serviceFunction(Payments, implementation, {
    batched: {
      charge: async (tasks) => {
        batches.push([...tasks.values()]);
        return new Map(
          [...tasks].map(([id, [orderId, cents]]) => [id, { id: orderId, cents: cents === 3 ? 0.5 : cents }]),
        );
      },
    },
  });
  const call = (cents: number) => handler({ method: "charge", args: [" order-1 ", cents] });
  expect(await call(1)).toEqual({ id: "order-1", cents: 1 });
  await expect(call(-1)).rejects.toMatchObject({ code: "SCHEMA_MISMATCH" });
  await expect(call(3)).rejects.toMatchObject({ code: "SCHEMA_MISMATCH" });
  expect(batches).toEqual([[["order-1", 1]], [["order-1", 3]]]);
});
