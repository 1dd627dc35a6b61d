import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { InfiniticClient } from "../../lib/client/client.ts";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import type { Query } from "../../lib/runtime/query.ts";

interface OrderFlow {
  run(orderId: string, cents: number): Promise<string>;
  free(anything: unknown): Promise<unknown>;
  approved: Channel<{ readonly by: string }>;
  phase: Query<(prefix: string) => string>;
}

const OrderFlow = defineWorkflow<OrderFlow>("OrderFlow", {
  run: {
    args: v.tupleAsync([
      v.pipeAsync(
        v.string(),
        v.trim(),
        v.checkAsync(async (id) => id !== ""),
      ),
      v.number(),
    ]),
    result: z.string().default("nothing"),
  },
  approved: z.strictObject({ by: z.string() }),
  phase: { args: z.tuple([z.string().max(3)]), result: z.string().toUpperCase() },
});

/** A client of an API that gives every call this result; and what it was sent. */
function clientOf(result?: unknown) {
  const requests: unknown[] = [];
  const client = new InfiniticClient({
    url: "http://test",
    fetch: async (_url, init) => {
      requests.push(typeof init?.body === "string" ? JSON.parse(init.body) : undefined);
      const body = { workflow: "OrderFlow", workflowId: "o", methodId: "main", status: "completed", result };
      return new Response(JSON.stringify(body));
    },
  });
  return { flow: client.newWorkflow(OrderFlow), instance: client.getWorkflowById(OrderFlow, "o"), requests };
}

const mismatch = (message: string) => ({
  name: "SchemaMismatchError",
  code: "SCHEMA_MISMATCH",
  message: expect.stringContaining(message),
});

describe("before anything is sent, a client refuses", () => {
  test("arguments of a start", async () => {
    const { flow, requests } = clientOf();
    await expect(flow.run("", 100)).rejects.toMatchObject(mismatch("the arguments of OrderFlow.run"));
    await expect(flow.dispatch.run("order-1", Number.NaN)).rejects.toMatchObject(mismatch("at /1"));
    expect(requests).toEqual([]);
  });

  test("arguments of a method, a signal, and arguments of a query", async () => {
    const { instance, requests } = clientOf();
    await expect(instance.run("", 100)).rejects.toMatchObject(mismatch("the arguments of OrderFlow.run"));
    await expect(instance.dispatch.run("", 100)).rejects.toMatchObject(mismatch("OrderFlow.run"));
    await expect(instance.approved.send(null as never)).rejects.toMatchObject(
      mismatch("a signal on channel OrderFlow.approved"),
    );
    await expect(instance.query.phase("long")).rejects.toMatchObject(mismatch("OrderFlow.phase"));
    expect(requests).toEqual([]);
  });

  test("what is no JSON, as it does without a schema", async () => {
    const { flow, requests } = clientOf();
    await expect(flow.run("order-1", 1n as never)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(flow.free(1n)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(requests).toEqual([]);
  });
});

test("a client sends what fits as it is", async () => {
  const { flow, instance, requests } = clientOf("done");
  await flow.run(" order-1 ", 100);
  await instance.approved.send({ by: "Ann" });
  await flow.free({ any: "thing" });
  expect(requests).toMatchObject([
    { args: [" order-1 ", 100] },
    { signal: { by: "Ann" } },
    { args: [{ any: "thing" }] },
  ]);
});

describe("a client gets what the schema makes of", () => {
  test("a result", async () => {
    const { flow, instance } = clientOf();
    expect(await flow.run("order-1", 100)).toBe("nothing");
    expect(await (await flow.dispatch.run("order-1", 100)).result()).toBe("nothing");
    expect(await instance.run("order-1", 100)).toBe("nothing");
  });

  test("an answer of a query", async () => {
    expect(await clientOf("new").instance.query.phase("a")).toBe("NEW");
  });
});

test("a client is told of a result that does not fit", async () => {
  const { flow, instance } = clientOf(42);
  await expect(flow.run("order-1", 100)).rejects.toMatchObject(mismatch("the result of OrderFlow.run"));
  await expect((await flow.dispatch.run("order-1", 100)).result()).rejects.toMatchObject(mismatch("result"));
  await expect(instance.query.phase("a")).rejects.toMatchObject(mismatch("the result of OrderFlow.phase"));
});
