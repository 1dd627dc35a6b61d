import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { type EngineMessage, MESSAGE_FORMAT } from "../../lib/core/protocol/messages.ts";
import { TASK_WORKFLOW } from "../../lib/core/values/ids.ts";
import { Contracts } from "../../lib/http/contracts.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import type { Query } from "../../lib/runtime/query.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { query } from "../../lib/workflow/query.ts";

interface OrderFlow {
  run(order: { readonly lines: readonly { readonly "a/b": number }[] }): Promise<void>;
  hurry(by: string): Promise<void>;
  approved: Channel<boolean>;
}
interface Payments {
  charge(cents: number): Promise<void>;
}

const contracts = new Contracts({
  workflows: [
    defineWorkflow<OrderFlow>("OrderFlow", {
      run: { args: z.tuple([z.object({ lines: z.array(z.object({ "a/b": z.number() })) })]) },
      hurry: { args: z.tuple([z.string().refine(async (by) => by !== "nobody")]) },
      approved: z.boolean(),
    }),
  ],
  services: [defineService<Payments>("Payments", { charge: { args: z.tuple([z.int()]) } })],
});

const admit = (part: object): Promise<void> =>
  contracts.admit({
    format: MESSAGE_FORMAT,
    id: "m",
    at: 0,
    workflow: "OrderFlow",
    workflowId: "o",
    ...part,
  } as EngineMessage);

const task = (...args: readonly unknown[]) => ({
  kind: "start",
  workflow: TASK_WORKFLOW,
  method: "run",
  args: ["Payments", "charge", args, {}],
});

test.each([
  ["a start", { kind: "start", method: "run", args: [{ lines: [{ "a/b": 1 }] }] }],
  ["a method", { kind: "method", method: "hurry", args: ["Ann"] }],
  ["a method without schemas", { kind: "method", method: "toString", args: [1] }],
  ["a signal", { kind: "signal", channel: "approved", value: true }],
  [
    "a method by tag",
    { kind: "by-tag", tag: "vip", operation: { kind: "method", method: "hurry", args: ["Ann"] } },
  ],
  ["a cancel by tag", { kind: "by-tag", tag: "vip", operation: { kind: "cancel" } }],
  ["a retry", { kind: "retry" }],
  ["a task", task(100)],
  ["a workflow of no known contract", { kind: "start", workflow: "Other", method: "run", args: [] }],
  ["a service of no known contract", { ...task(), args: ["Other", "charge", [], {}] }],
])("%s passes", async (_what, part) => {
  await expect(admit(part)).resolves.toBeUndefined();
});

describe("what does not fit is turned away, with a pointer into the body:", () => {
  test.each([
    [
      "a start",
      { kind: "start", method: "run", args: [{ lines: [{ "a/b": "1" }] }] },
      "#/args/0/lines/0/a~1b",
    ],
    ["a method", { kind: "method", method: "hurry", args: ["nobody"] }, "#/args/0"],
    ["a signal", { kind: "signal", channel: "approved" }, "#/signal"],
    [
      "a method by tag",
      { kind: "by-tag", tag: "vip", operation: { kind: "method", method: "hurry", args: [] } },
      "#/args",
    ],
    [
      "a signal by tag",
      { kind: "by-tag", tag: "vip", operation: { kind: "signal", channel: "approved", value: 1 } },
      "#/signal",
    ],
    ["a task", task(0.5), "#/args/0"],
  ])("%s", async (_what, part, pointer) => {
    await expect(admit(part)).rejects.toMatchObject({
      code: "SCHEMA_MISMATCH",
      facts: { errors: [{ pointer }] },
    });
  });
});

describe("the API answers with a problem of status 400", () => {
  class OrderFlowV1 extends Workflow implements OrderFlow {
    readonly approved = channel<boolean>();
    readonly phase = query((prefix: string) => `${prefix}new`);
    async run(): Promise<void> {
      await this.approved.receive();
    }
    async hurry(): Promise<void> {}
  }
  const Queried = defineWorkflow<OrderFlow & { phase: Query<(prefix: string) => string> }>("Queried", {
    hurry: { args: z.tuple([z.string()]) },
    phase: { args: z.tuple([z.string()]) },
  });

  let system: TestSystem;
  beforeAll(async () => {
    system = await new TestSystem({ workflows: [workflowOf(Queried, OrderFlowV1)] }).start();
    const start = { method: "run", args: [{ lines: [] }], id: "q" };
    await post("/workflows/Queried", start);
    await system.until(system.client.getWorkflowById(Queried, "q").hurry("Ann"));
  });
  afterAll(() => system.close());

  const post = (path: string, body: object): Promise<Response> =>
    system.fetch(`http://test${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  test("before anything is sent", async () => {
    const answer = await post("/workflows/Queried/q/methods/hurry", { args: [1] });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: "SCHEMA_MISMATCH",
      detail: expect.stringMatching(
        /^expected the arguments of Queried\.hurry to fit the schema, got: .+ at \/0$/,
      ),
      errors: [{ pointer: "#/args/0", detail: expect.any(String) }],
    });
    expect((await system.client.getWorkflowById(Queried, "q").describe()).methods.length).toBe(2);
  });

  test("when it is the workflow that refuses a query's arguments", async () => {
    const path = "/workflows/Queried/q/queries/phase?args=";
    const answer = await system.fetch(`http://test${path}${encodeURIComponent("[1]")}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: "SCHEMA_MISMATCH" });
    const fine = await system.fetch(`http://test${path}${encodeURIComponent('["it is "]')}`);
    expect(await fine.json()).toEqual({ result: "it is new" });
  });
});
