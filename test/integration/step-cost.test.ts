import { describe, expect, inject, it } from "vitest";
import type { Handler } from "../../lib/adapters/memory/function-invoker.ts";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { MESSAGE_FORMAT } from "../../lib/core/protocol/messages.ts";
import { workflowEngineTopic } from "../../lib/core/protocol/topics.ts";
import { workflowHandler } from "../../lib/engine/workflow-handler.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService, type TaskOptions } from "../../lib/workflow/service-stub.ts";
import { newTable } from "./grounds.ts";
import { Ledger } from "./ledger.ts";

interface Text {
  append(text: string): string;
}
const Text = defineService<Text>("Text");

interface Chain {
  run(): Promise<string>;
}
const Chain = defineWorkflow<Chain>("Chain");

function chainWith(options: TaskOptions) {
  return class extends Workflow implements Chain {
    private readonly text = newService(Text, options);

    async run(): Promise<string> {
      return this.text.append(await this.text.append(await this.text.append("")));
    }
  };
}

const dynamodb = inject("dynamodb");

/** Runs one workflow of three tasks, alone, and tells what it cost. */
async function costOfOne(endpoint: string, sandbox: "warm" | "fresh", options: TaskOptions) {
  const ledger = new Ledger();
  const { stateStore, dueStore, ...stores } = await newTable({ endpoint });
  const parts = {
    ...stores,
    clock: systemClock,
    broker: ledger.observeBroker(new MemoryBroker()),
    stateStore: ledger.observeStateStore(stateStore),
    dueStore: ledger.observeDueStore(dueStore),
  };
  const workflow = workflowOf(Chain, chainWith(options));
  let invocations = 0;
  const system = new TestSystem({
    parts,
    isListed: false,
    workflows: [workflow],
    services: [serviceOf(Text, { append: (text) => `${text}x` })],
    wrap: (name, handler) => (event, context) => {
      if (name !== "timers") invocations += 1;
      const isFresh = name === "workflow-Chain" && sandbox === "fresh";
      return (isFresh ? (workflowHandler({ ...workflow, ...parts, isListed: false }) as Handler) : handler)(
        event,
        context,
      );
    },
  });
  await system.start();
  const key = { workflow: "Chain", workflowId: "one" };
  const head = { kind: "start", format: MESSAGE_FORMAT, id: "start-one", at: Date.now() };
  const payload = JSON.stringify({ ...head, ...key, method: "run", args: [] });
  const message = { topic: workflowEngineTopic("Chain"), key: "one", payload };
  ledger.allow(message);
  await parts.broker.publish(message);
  await ledger.when(() => ledger.latest(key)?.status === "completed" && ledger.isQuiet);
  await system.close();
  expect(ledger.breaches).toEqual([]);
  const { commits, writeUnits, readUnits, duePuts } = ledger;
  return { commits, writeUnits, readUnits, duePuts, invocations, publishes: ledger.published.length };
}

describe.runIf(dynamodb)("a workflow of three tasks on DynamoDB Local", () => {
  const endpoint = dynamodb?.endpoint ?? "";

  it.each(["warm", "fresh"] as const)(
    "makes 4 commits with 4 write units, at most 1 read unit, and 7 invocations in %s sandboxes",
    async (sandbox) => {
      const { readUnits, ...cost } = await costOfOne(endpoint, sandbox, {});
      expect(cost).toEqual({ commits: 4, writeUnits: 4, duePuts: 0, invocations: 7, publishes: 7 });
      expect(readUnits).toBeLessThanOrEqual(1);
    },
  );

  it.each(["warm", "fresh"] as const)(
    "makes one far wake-up more when its tasks have timeouts of an hour, in %s sandboxes",
    async (sandbox) => {
      const { readUnits, duePuts, ...cost } = await costOfOne(endpoint, sandbox, { timeout: "1h" });
      expect(cost).toEqual({ commits: 4, writeUnits: 4, invocations: 7, publishes: 7 });
      expect(readUnits).toBeLessThanOrEqual(1);
      expect(duePuts).toBe(1);
    },
  );
});
