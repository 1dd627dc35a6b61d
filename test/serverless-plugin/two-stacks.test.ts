import { describe, expect, onTestFinished, test } from "vitest";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import type { Serverless } from "../../infra/serverless-plugin/serverless.ts";
import { MemoryFunctionInvoker } from "../../lib/adapters/memory/function-invoker.ts";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { MemoryPayloadStore } from "../../lib/adapters/memory/payload-store.ts";
import { memoryStores } from "../../lib/adapters/memory/stores.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import { Bridge } from "../../lib/bridge/bridge.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { checkName, isName, taskWorkflowOf } from "../../lib/core/values/ids.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import { workflowHandler } from "../../lib/engine/workflow-handler.ts";
import { apiHandler } from "../../lib/http/api-handler.ts";
import type { ApiServices } from "../../lib/http/api-setup.ts";
import { fetchHandler } from "../../lib/http/fetch-handler.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceHandler } from "../../lib/service/service-handler.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { newWorkflow } from "../../lib/workflow/workflow-stub.ts";

const LARGE = "x".repeat(300_000);

interface Desk {
  greet(name: string): Promise<string>;
  long(): Promise<string>;
  ask(): Promise<string>;
}
const desks = { a: defineService<Desk>("DeskA"), b: defineService<Desk>("DeskB") };
type Stack = keyof typeof desks;

interface Child {
  run(text: string): Promise<string>;
}
const Child = defineWorkflow<Child>("Child");
class ChildV1 extends Workflow implements Child {
  async run(text: string): Promise<string> {
    return text.length > 10 ? text : LARGE;
  }
}

type Step = "task" | "argument" | "result" | "child" | "child's result";

interface Trip {
  run(step: Step): Promise<number | string>;
}
const Trip = defineWorkflow<Trip>("Trip");
/** Of stack a, which calls what stack b has. */
class TripV1 extends Workflow implements Trip {
  #desk = newService(desks.b);
  async run(step: Step): Promise<number | string> {
    try {
      switch (step) {
        case "task":
          return await this.#desk.greet("Ann");
        case "argument":
          return (await this.#desk.greet(LARGE)).length;
        case "result":
          return (await this.#desk.long()).length;
        case "child":
          return (await newWorkflow(Child).run(LARGE)).length;
        case "child's result":
          return (await newWorkflow(Child).run("")).length;
      }
    } catch (error) {
      return messageOf(error);
    }
  }
}

/** Of the deepest cause, which says what is wrong. */
function messageOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause === undefined ? message : messageOf(cause);
}

/** A stack as the plugin plans it, on topics that others have, too. */
async function startStack(
  stack: Stack,
  broker: MemoryBroker,
  payloadStore = new MemoryPayloadStore(),
  ofApi: Partial<ApiServices> = {},
) {
  const clock = systemClock;
  const stores = { ...memoryStores({ clock }), payloadStore };
  const workflow = stack === "a" ? Trip : Child;
  const service: Serverless["service"] = {
    service: stack,
    provider: { stage: "dev", timeout: 10 },
    functions: {
      desk: { name: "desk", events: [{ pulsar: { service: desks[stack].name } }] },
      flow: { name: "flow", events: [{ pulsar: { workflow: workflow.name } }] },
      timers: { name: "timers" },
      api: { name: "api" },
      bridge: { name: "bridge" },
    },
    custom: { infinitic: { pulsar: { webUrl: "https://pulsar.example.com" } } },
  };
  const { bridge: options, environments } = planOf(service);
  const desk = serviceHandler(
    desks[stack],
    {
      greet: async (name) => `${stack} greets ${name}`,
      long: async () => LARGE,
      ask: async () => "",
    },
    { retry: noRetry, delegated: { ask: true } },
    { clock, random: Math.random, payloadStore },
  );
  const flow =
    stack === "a"
      ? workflowHandler({ definition: Trip, classes: [TripV1], ...stores, clock })
      : workflowHandler({ definition: Child, classes: [ChildV1], ...stores, clock });
  const invoker = new MemoryFunctionInvoker({
    handlers: { desk, flow, timers: async () => ({ emits: [], batchItemFailures: [], parked: [] }) },
  });
  const bridge = new Bridge({ broker, invoker, clock, options: { routes: options.routes } });
  await bridge.start();
  onTestFinished(() => bridge.close());
  const fetch = fetchHandler(
    apiHandler({
      broker,
      ...stores,
      invoker,
      clock,
      workflows: JSON.parse(environments["api"]?.["INFINITIC_WORKFLOWS"] ?? ""),
      ...JSON.parse(environments["api"]?.["INFINITIC_SERVICES"] ?? ""),
      ...ofApi,
    }),
  );
  const post = async (
    path: string,
    body: object,
    waiting: Record<string, string> = { prefer: "wait=20" },
  ): Promise<Record<string, unknown>> => {
    const headers = { "content-type": "application/json", ...waiting };
    const response = await fetch(`http://test${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    return response.json() as Promise<Record<string, unknown>>;
  };
  return { post };
}

async function startBoth(isShared = false) {
  const broker = new MemoryBroker();
  onTestFinished(() => broker.close());
  const store = isShared ? new MemoryPayloadStore() : undefined;
  return { a: await startStack("a", broker, store), b: await startStack("b", broker, store) };
}

describe("EDG-81 two stacks in one namespace", () => {
  test("answer the tasks outside workflows that each was given", async () => {
    const stacks = await startBoth();
    const given = Array.from({ length: 20 }, (_, nth) => (nth % 2 === 0 ? "a" : "b") as Stack);
    const greeted = await Promise.all(
      given.map((stack) => stacks[stack].post(`/services/${desks[stack].name}/greet`, { args: ["Ann"] })),
    );
    expect(greeted.map(({ status, result }) => [status, result])).toEqual(
      given.map((stack) => ["completed", `${stack} greets Ann`]),
    );
  });

  test("complete a delegated task where it was dispatched, and know none of the other's", async () => {
    const { a, b } = await startBoth();
    const asked = await a.post("/services/DeskA/ask", {}, {});
    expect(asked["taskId"]).toMatch(/^infinitic-task-a-dev:/);
    await expect
      .poll(async () => (await a.post(`/tasks/${asked["taskId"]}/complete`, { result: "yes" }))["status"])
      .toBe("completed");
    expect(await b.post(`/tasks/${asked["taskId"]}/complete`, { result: "no" })).toMatchObject({
      code: "TASK_UNKNOWN",
    });
  });

  test.each<[Step, unknown]>([
    ["task", "b greets Ann"],
    ["argument", LARGE.length + "b greets ".length],
    ["result", LARGE.length],
    ["child", LARGE.length],
    ["child's result", LARGE.length],
  ])("call each other with one bucket: %s", async (step, result) => {
    const { a } = await startBoth(true);
    expect(await a.post("/workflows/Trip", { args: [step] })).toMatchObject({ status: "completed", result });
  });

  test.each<Step>(["argument", "result", "child", "child's result"])(
    "with two buckets are told what a large value needs, and do not wait: %s",
    async (step) => {
      const { a } = await startBoth();
      expect(await a.post("/workflows/Trip", { args: [step] })).toMatchObject({
        status: "completed",
        result: expect.stringMatching(
          /^expected a payload at .* in this process, got none: it was deleted, or it is a value of another stack, which needs the same bucket as this one \(custom\.infinitic\.bucket\)$/,
        ),
      });
    },
  );

  test.each([
    ["shop-dev", "infinitic-task-shop-dev"],
    ["x".repeat(49), `infinitic-task-${"x".repeat(49)}`],
    ["x".repeat(50), expect.stringMatching(/^infinitic-task-[\w-]{16,32}$/)],
  ])("have names of their own for these tasks: of stack %s", (stack, name) => {
    expect(taskWorkflowOf(stack)).toEqual(name);
    expect(isName(taskWorkflowOf(stack))).toBe(true);
    expect(() => checkName("workflow", taskWorkflowOf(stack))).toThrow("nor begins with infinitic-task-");
  });
});

test("EDG-81 a task that began before each stack had a topic of its own goes on", async () => {
  const broker = new MemoryBroker();
  onTestFinished(() => broker.close());
  // An api function of before tells nobody which stack it is of.
  const { post } = await startStack("a", broker, undefined, { taskWorkflow: "infinitic-task" });
  const answer = await post("/services/DeskA/greet", { args: ["Ann"] });
  expect(answer).toMatchObject({ status: "completed", result: "a greets Ann" });
  expect(answer["taskId"]).toMatch(/^infinitic-task:/);
});
