import { afterEach, describe, expect, test } from "vitest";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { MemoryPayloadStore } from "../../lib/adapters/memory/payload-store.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import type { OutgoingMessage } from "../../lib/ports/broker.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { getWorkflowById, newWorkflow } from "../../lib/workflow/workflow-stub.ts";

interface Sizes {
  echo(text: string): Promise<string>;
  length(text: string): Promise<number>;
  make(length: number): Promise<string>;
  fail(length: number): Promise<void>;
}
const Sizes = defineService<Sizes>("Sizes");

interface Depot {
  length(text: string): Promise<number>;
  echo(text: string): Promise<string>;
  make(length: number): Promise<string>;
  taskResult(length: number): Promise<number>;
  taskArgument(length: number): Promise<number>;
  inlineResult(length: number): Promise<number>;
  childArgument(length: number): Promise<number>;
  childResult(length: number): Promise<number>;
  withMeta(length: number): Promise<number>;
  failLoudly(length: number): Promise<void>;
  /** Waits for a word, then for another, and gives the length of the first. */
  word(): Promise<number>;
  sendWord(to: string, length: number): Promise<void>;
  callLength(to: string, length: number): Promise<number>;
  readonly words: Channel<string>;
}
const Depot = defineWorkflow<Depot>("Depot");

const texts = new Map<number, string>();

/** A text of this length, which nothing compresses to less than half. */
function ofLength(length: number): string {
  const text = texts.get(length) ?? digitsOf(length);
  texts.set(length, text);
  return text;
}

function digitsOf(length: number): string {
  let state = 1;
  const digits = Array.from({ length: Math.ceil(length / 8) }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state.toString(16).padStart(8, "0");
  });
  return digits.join("").slice(0, length);
}

class DepotV1 extends Workflow implements Depot {
  readonly words = channel<string>();
  private readonly sizes = newService(Sizes);

  async length(text: string) {
    return text.length;
  }
  async echo(text: string) {
    return text;
  }
  async make(length: number) {
    return ofLength(length);
  }
  async taskResult(length: number) {
    return (await this.sizes.make(length)).length;
  }
  async taskArgument(length: number) {
    return await this.sizes.length(ofLength(length));
  }
  async inlineResult(length: number) {
    return (await inline(() => ofLength(length))).length;
  }
  async childArgument(length: number) {
    return await newWorkflow(Depot).length(ofLength(length));
  }
  async childResult(length: number) {
    return (await newWorkflow(Depot).make(length)).length;
  }
  async withMeta(length: number) {
    return await newService(Sizes, { meta: { note: ofLength(length) } }).length("");
  }
  async failLoudly(length: number) {
    await this.sizes.fail(length);
  }
  async word() {
    const first = await this.words.receive();
    await this.words.receive();
    return first.length;
  }
  async sendWord(to: string, length: number) {
    await getWorkflowById(Depot, to).words.send(ofLength(length));
  }
  async callLength(to: string, length: number) {
    return await getWorkflowById(Depot, to).length(ofLength(length));
  }
}

class StrictDepot extends DepotV1 {
  static readonly checkMode = "strict";
}

/** Remembers how large messages were. */
class WeighingBroker extends MemoryBroker {
  largest = 0;
  override publish(message: OutgoingMessage): Promise<string> {
    this.largest = Math.max(this.largest, Buffer.byteLength(message.payload));
    return super.publish(message);
  }
}

const sizes: Sizes = {
  echo: async (text) => text,
  length: async (text) => text.length,
  make: async (length) => ofLength(length),
  fail: async (length) => {
    throw Object.assign(new RangeError(ofLength(length)), { details: ofLength(length) });
  },
};

const clock = new ManualClock();
let broker: WeighingBroker;
let payloadStore: MemoryPayloadStore;
let system: TestSystem;
async function open(code: typeof DepotV1 = DepotV1): Promise<TestSystem> {
  broker = new WeighingBroker({ clock });
  payloadStore = new MemoryPayloadStore();
  system = await new TestSystem({
    workflows: [workflowOf(Depot, code)],
    services: [serviceOf(Sizes, sizes, { retry: noRetry })],
    parts: { clock, broker, payloadStore },
  }).start();
  return system;
}
afterEach(() => system.close());

const KB = 1024;
const SIZES = [
  ["1 KB", KB],
  ["8 KB", 8 * KB],
  ["399 KB", 399 * KB],
  ["450 KB", 450 * KB],
  ["5 MB", 5_000_000],
] as const;
const TOO_LARGE = 6_200_000;

const WAYS: readonly [string, (system: TestSystem, length: number) => Promise<number>][] = [
  ["the argument of a start", ({ client }, length) => client.newWorkflow(Depot).length(ofLength(length))],
  ["a result", async ({ client }, length) => (await client.newWorkflow(Depot).make(length)).length],
  [
    "an argument and a result",
    async ({ client }, length) => (await client.newWorkflow(Depot).echo(ofLength(length))).length,
  ],
  ["the argument of a task", ({ client }, length) => client.newWorkflow(Depot).taskArgument(length)],
  ["the result of a task", ({ client }, length) => client.newWorkflow(Depot).taskResult(length)],
  ["the result of an inline task", ({ client }, length) => client.newWorkflow(Depot).inlineResult(length)],
  ["the argument of a child", ({ client }, length) => client.newWorkflow(Depot).childArgument(length)],
  ["the result of a child", ({ client }, length) => client.newWorkflow(Depot).childResult(length)],
  [
    "a signal of a client",
    async ({ client }, length) => {
      const flow = await client.newWorkflow(Depot).dispatch.word();
      const { words } = client.getWorkflowById(Depot, flow.workflowId);
      await words.send(ofLength(length));
      await words.send("and");
      return flow.result();
    },
  ],
  [
    "a signal that comes before its instance starts",
    async ({ client }, length) => {
      const { words } = client.getWorkflowById(Depot, "early");
      await words.send(ofLength(length));
      await words.send("and");
      return client.newWorkflow(Depot, { id: "early" }).word();
    },
  ],
  [
    "a signal of a workflow",
    async ({ client }, length) => {
      const flow = await client.newWorkflow(Depot, { id: "to" }).dispatch.word();
      await client.newWorkflow(Depot).sendWord("to", length);
      await client.getWorkflowById(Depot, "to").words.send("and");
      return flow.result();
    },
  ],
  [
    "the argument of a method",
    async ({ client }, length) => {
      await client.newWorkflow(Depot, { id: "to" }).dispatch.word();
      return client.getWorkflowById(Depot, "to").length(ofLength(length));
    },
  ],
  [
    "the argument of a method that a workflow calls",
    async ({ client }, length) => {
      await client.newWorkflow(Depot, { id: "to" }).dispatch.word();
      return client.newWorkflow(Depot).callLength("to", length);
    },
  ],
];

describe.each(WAYS)("EXA-21 %s", (_, way) => {
  test.each(SIZES)("of %s arrives whole, in small messages", async (_name, length) => {
    await open();
    expect(await system.until(way(system, length))).toBe(length);
    expect(broker.largest).toBeLessThan(500_000);
    expect(system.healthIssues).toEqual([]);
  });

  test("over what can be stored is a typed error", async () => {
    await open();
    await expect(system.until(way(system, TOO_LARGE))).rejects.toSatisfy(isTooLarge);
    expect(system.healthIssues).toEqual([]);
  });
});

test("EXA-21 a strict replay compares large arguments by what they are", async () => {
  await open(StrictDepot);
  const flow = await system.client.newWorkflow(Depot).dispatch.taskArgument(450 * KB);
  expect(await system.until(flow.result())).toBe(450 * KB);
});

test("EXA-21 meta over 64 KB is a typed error, at the door and in a workflow", async () => {
  await open();
  const meta = { note: ofLength(70_000) };
  const made = async () => system.client.newWorkflow(Depot, { meta }).make(1);
  await expect(made()).rejects.toSatisfy(isTooLarge);
  await expect(system.until(system.client.newWorkflow(Depot).withMeta(70_000))).rejects.toSatisfy(isTooLarge);
});

test("EXA-21 a failure with a large message and large properties arrives, cut", async () => {
  await open();
  const failed = system.until(system.client.newWorkflow(Depot).failLoudly(2_000_000));
  await expect(failed).rejects.toMatchObject({ name: "WorkflowFailedError" });
  expect(broker.largest).toBeLessThan(200_000);
  expect(system.healthIssues).toEqual([]);
});

test("EXA-21 a value that looks like a reference stays what it is", async () => {
  await open();
  const lookalike = { "~payload": { key: "Depot/1/2/3", bytes: 1 } } as unknown as string;
  expect(await system.until(system.client.newWorkflow(Depot).echo(lookalike))).toEqual(lookalike);
});

/** Whether an error, or what caused it, says that something is too large. */
function isTooLarge(error: unknown): boolean {
  const { name = "", code = "", cause } = error as { name?: string; code?: string; cause?: unknown };
  if (/TooLarge/.test(name) || /TOO_LARGE/.test(code)) return true;
  return cause !== undefined && isTooLarge(cause);
}
