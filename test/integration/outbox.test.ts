import { afterEach, describe, expect, it } from "vitest";
import type { Bridge } from "../../lib/bridge/bridge.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { MAX_UNPROVEN } from "../../lib/core/model/outbox.ts";
import { MESSAGE_FORMAT } from "../../lib/core/protocol/messages.ts";
import { workflowEngineTopic } from "../../lib/core/protocol/topics.ts";
import { readItem } from "../../lib/instance/read-instance.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { type TestWorkflow, workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { getWorkflowById } from "../../lib/workflow/workflow-stub.ts";
import { memoryGround } from "./grounds.ts";
import { Ledger } from "./ledger.ts";
import type { Ground } from "./lives.ts";

interface Sink {
  run(): Promise<void>;
  readonly word: Channel<string>;
}
const Sink = defineWorkflow<Sink>("Sink");

class SinkV1 extends Workflow implements Sink {
  readonly word = channel<string>();

  async run(): Promise<void> {
    for await (const _word of this.word);
  }
}

interface Relay {
  run(padding: number): Promise<void>;
  readonly word: Channel<string>;
}
const Relay = defineWorkflow<Relay>("Relay");

/** Sends a signal for each that it gets: emits to which no reply ever comes. */
class RelayV1 extends Workflow implements Relay {
  readonly word = channel<string>();

  async run(padding: number): Promise<void> {
    for await (const word of this.word) getWorkflowById(Sink, "sink").word.send(word.padEnd(padding));
  }
}

interface Desk {
  work(item: number, paper: string): number;
}
const Desk = defineService<Desk>("Desk");

interface Wide {
  run(tasks: number): Promise<number>;
}
const Wide = defineWorkflow<Wide>("Wide");

class WideV1 extends Workflow implements Wide {
  private readonly desk = newService(Desk);

  async run(tasks: number): Promise<number> {
    const items = Array.from({ length: tasks }, (_, item) => item);
    return (await Promise.all(items.map((item) => this.desk.work(item, "x".repeat(7_000))))).length;
  }
}

/** A system on a ledger; bridges come and go. */
class World {
  readonly ledger = new Ledger();
  readonly executed: number[] = [];
  readonly system: TestSystem;
  readonly ground: Ground;

  constructor(ground: Ground, ...workflows: readonly TestWorkflow[]) {
    this.ground = ground;
    const { parts } = ground;
    const work = (item: number): number => this.executed.push(item);
    this.system = new TestSystem({
      parts: {
        ...parts,
        broker: this.ledger.observeBroker(parts.broker),
        stateStore: this.ledger.observeStateStore(parts.stateStore),
      },
      workflows,
      services: [serviceOf(Desk, { work })],
    });
  }

  async send(workflow: string, workflowId: string, id: string, rest: object): Promise<void> {
    const head = { format: MESSAGE_FORMAT, id, at: this.ground.parts.clock.now(), workflow, workflowId };
    const message = {
      topic: workflowEngineTopic(workflow),
      key: workflowId,
      payload: JSON.stringify({ ...head, ...rest }),
    };
    this.ledger.allow(message);
    await this.system.parts.broker.publish(message);
  }

  until<T>(outcome: Promise<T>): Promise<T> {
    return this.system.until(outcome);
  }

  async records(workflow: string, workflowId: string) {
    const { stateStore } = this.ground.parts;
    const key = { workflow, workflowId };
    const { item } = await stateStore.load(key);
    return (item && (await readItem(stateStore, key, item))?.history) ?? [];
  }
}

describe("the outbox", () => {
  let world: World;
  afterEach(() => world.ground.close());

  const relay = async (words: number, padding: number): Promise<void> => {
    world = new World(await memoryGround(), workflowOf(Relay, RelayV1), workflowOf(Sink, SinkV1));
    const { ledger, system } = world;
    let bridge = await started(system.bridge);
    await world.send("Sink", "sink", "start-sink", { kind: "start", method: "run", args: [] });
    await world.send("Relay", "relay", "start-relay", { kind: "start", method: "run", args: [padding] });
    for (let word = 0; word < words; word += 1) {
      await world.send("Relay", "relay", `word-${word}`, {
        kind: "signal",
        channel: "word",
        value: `${word}`,
      });
      await world.until(ledger.when(() => ledger.isQuiet));
      await world.until(bridge.close());
      bridge = await started(system.addBridge());
    }
    await world.until(bridge.close());
    const heard = (await world.records("Sink", "sink")).flatMap((record) =>
      record.kind === "signal-received" ? [String(record.value).trim()] : [],
    );
    expect(heard).toEqual(Array.from({ length: words }, (_, word) => `${word}`));
    expect(ledger.breaches).toEqual([]);
    expect(ledger.longestOutbox).toBeLessThanOrEqual(MAX_UNPROVEN + 1);
  };

  it("stays small when a new bridge, which knows nothing, brings each message", async () => {
    await relay(200, 0);
    const signals = world.ledger.published.filter(({ topic }) => topic === workflowEngineTopic("Sink"));
    expect(signals.length).toBeLessThanOrEqual(2 * 200 + 1);
  });

  it("goes out in pieces when it is larger than a reply", () => relay(40, 60_000));

  it("EXA-26 of a step with 1,000 parallel tasks goes out in pieces, and all are executed once", async () => {
    world = new World(await memoryGround(), workflowOf(Wide, WideV1));
    const { ledger, system } = world;
    await started(system.bridge);
    await world.send("Wide", "wide", "start-wide", { kind: "start", method: "run", args: [1_000] });
    const key = { workflow: "Wide", workflowId: "wide" };
    await world.until(ledger.when(() => ledger.latest(key)?.status === "completed" && ledger.isQuiet));
    await world.until(system.bridge.close());
    expect((await world.records("Wide", "wide")).at(-1)).toMatchObject({
      kind: "method-completed",
      value: 1_000,
    });
    expect(world.executed.length).toBe(1_000);
    expect(ledger.breaches).toEqual([]);
  });
});

async function started(bridge: Bridge): Promise<Bridge> {
  await bridge.start();
  return bridge;
}
