import { format, inspect } from "node:util";
import { expect, test } from "vitest";
import { InfiniticClient } from "../../lib/client/client.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { RecordedCommands } from "../../lib/core/model/recorded-commands.ts";
import { CURRENT_RULES, RULES } from "../../lib/core/model/rules.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Execution } from "../../lib/runtime/execution.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { getWorkflowById, getWorkflowByTag, newWorkflow } from "../../lib/workflow/workflow-stub.ts";

interface Shop {
  price(item: string): Promise<number>;
}
const Shop = defineService<Shop>("Shop");
interface Flow {
  run(): Promise<readonly string[]>;
  word: Channel<string>;
}
const Flow = defineWorkflow<Flow>("Flow");

/** What people and tools do to a value that they know nothing of. */
const LOOKS: { readonly [look: string]: (value: object) => unknown } = {
  JSON: (value) => JSON.stringify({ value }),
  "a template": (value) => `${value}`,
  "a concatenation": (value) => ["", value].join(""),
  String: (value) => String(value),
  "a number": (value) => Number(value),
  "a local text": (value) => value.toLocaleString(),
  "a value": (value) => value.valueOf(),
  inspect: (value) => inspect(value, { depth: 5 }),
  "inspect of the proxy": (value) => inspect(value, { showProxy: true }),
  format: (value) => format("%s %o %j", value, value, value),
  "Object.hasOwn": (value) => Object.hasOwn(value, "toJSON"),
  "Object's own methods": (value) =>
    Object.getOwnPropertyNames(Object.prototype).map((name) => Reflect.get(value, name) as unknown),
  "a constructor": (value) => value.constructor.name,
  instanceof: (value) => value instanceof Promise,
  keys: (value) => [...Object.keys(value), ...Object.entries(value)],
  "a spread": (value) => ({ ...value }),
  "an awaited value": async (value) => await value,
  "then, catch": (value) => [(value as { then?: unknown }).then],
  "Promise.resolve": (value) => Promise.resolve(value),
  toEqual: (value) => expect([value]).not.toEqual([{ other: 1 }]),
  toStrictEqual: (value) => expect(value).not.toStrictEqual({ other: 1 }),
  "an asymmetric matcher": (value) => expect({ value }).toEqual({ value: expect.anything() }),
  "React's and Jest's marks": (value) =>
    Reflect.get(value, "$$typeof") ?? Reflect.get(value, "asymmetricMatch"),
  "Immutable's marks": (value) => Reflect.get(value, "@@__IMMUTABLE_ITERABLE__@@"),
  "every symbol": (value) =>
    Object.getOwnPropertyNames(Symbol).map((name) => {
      const symbol: unknown = Reflect.get(Symbol, name);
      return typeof symbol === "symbol" && Reflect.get(value, symbol);
    }),
  sorting: (value) => [value, value].sort(),
  "a key": (value) => Object.fromEntries([[value, 1]]),
  Map: (value) => new Map([[value, value]]).get(value),
};

test("EDG-62 stubs in a workflow are values, whatever is done to them, warm and cold", async () => {
  for (const replay of ["as-needed", "always"] as const) {
    class FlowV1 extends Workflow implements Flow {
      readonly word = undefined as never;
      readonly shop = newService(Shop);
      readonly child = newWorkflow(Flow, { id: "c" });
      readonly other = getWorkflowById(Flow, "o-1");
      readonly tagged = getWorkflowByTag(Flow, "vip");
      async run(): Promise<readonly string[]> {
        const stubs = [this.shop, this.child, this.other, this.tagged];
        for (const stub of stubs) {
          for (const look of Object.values(LOOKS)) if (look !== LOOKS["an awaited value"]) void look(stub);
          await Promise.resolve(stub);
        }
        await this.shop.price("tea");
        return [...stubs.map(String), JSON.stringify(this), JSON.stringify(stubs)];
      }
    }
    const system = await new TestSystem({
      workflows: [workflowOf(Flow, FlowV1)],
      services: [serviceOf(Shop, { price: async () => 1 })],
      replay,
    }).start();
    const flow = await system.client.newWorkflow(Flow, { id: "f" }).dispatch.run();
    expect(await system.until(flow.result())).toEqual([
      "[service Shop]",
      "[new workflow Flow]",
      "[workflow Flow o-1]",
      "[workflows by tag Flow vip]",
      '{"shop":{"service":"Shop"},"child":{"workflow":"Flow"},"other":{"workflow":"Flow","workflowId":"o-1"},"tagged":{"workflow":"Flow","tag":"vip"}}',
      '[{"service":"Shop"},{"workflow":"Flow"},{"workflow":"Flow","workflowId":"o-1"},{"workflow":"Flow","tag":"vip"}]',
    ]);
    const { records } = await system.client.getWorkflowById(Flow, "f").history();
    const issued = records.map(({ kind }) => kind).filter((kind) => !/^(instance|method)-/.test(kind));
    expect(issued).toEqual(["task", "task-completed"]);
    await system.close();
  }
});

test("EDG-62 what a client gives is a value, whatever is done to it, and prints as what it is", async () => {
  const sent: string[] = [];
  const client = new InfiniticClient({
    url: "http://api",
    fetch: async (url) => {
      sent.push(url);
      return new Response("{}", { status: 202 });
    },
  });
  const flow = client.getWorkflowById(Flow, "f-1");
  const values: readonly object[] = [
    flow,
    flow.dispatch,
    flow.query,
    client.getWorkflowByTag(Flow, "vip"),
    client.newWorkflow(Flow),
    client.newWorkflow(Flow).dispatch,
    client.newService(Shop),
    client.newService(Shop).dispatch,
    client.getTask("Flow:f:r:0.1"),
  ];
  for (const value of values) for (const look of Object.values(LOOKS)) await look(value);
  expect(sent).toEqual([]);
  expect(JSON.stringify({ flow })).toBe('{"flow":{"workflow":"Flow","workflowId":"f-1"}}');
  expect([`${flow}`, inspect(flow)]).toEqual(["[workflow Flow f-1]", "[workflow Flow f-1]"]);
  expect(String(client.newService(Shop))).toBe("[service Shop]");
});

test("EDG-62 a run that began under the rules of before still does what its history says", async () => {
  class FlowV1 extends Workflow implements Flow {
    readonly word = undefined as never;
    readonly shop = newService(Shop);
    async run(): Promise<readonly string[]> {
      const json = JSON.stringify({ price: this.shop.price.name });
      return [json, await (this.shop as unknown as { toString(): Promise<string> }).toString()];
    }
  }
  const key = { workflow: "Flow", workflowId: "f", run: "r" };
  const outputs = await Promise.all(
    [RULES.stubsAreValues.number - 1, CURRENT_RULES].map(async (rules) => {
      const facts = { key, version: 1, rules, startedAt: 0, tags: [], meta: {} };
      const execution = new Execution(FlowV1, facts, liveScript());
      const event = { kind: "method-started", at: 0, method: 0, methodId: "main", messageId: "m" } as const;
      const { records } = await execution.deliver({ ...event, name: "run", args: [] });
      return records.map((record) => [record.kind, "method" in record && record.method]);
    }),
  );
  expect(outputs).toEqual([[["task", "toString"]], [["method-completed", 0]]]);
});

function liveScript(): RecordedCommands {
  const script = new RecordedCommands([]);
  script.goLive();
  return script;
}
