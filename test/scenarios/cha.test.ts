import { expect } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { getWorkflowById } from "../../lib/workflow/workflow-stub.ts";
import { scenariosWith } from "./scenario.ts";

type Change =
  | { readonly kind: "added"; readonly item: string }
  | { readonly kind: "removed"; readonly count: number };
type Added = Change & { readonly kind: "added" };

const isAdded = (change: Change): change is Added => change.kind === "added";

interface Channels {
  one(): Promise<string>;
  raceWithTimer(ms: number): Promise<string>;
  oneAfter(ms: number): Promise<string>;
  discardedAfter(ms: number): Promise<string>;
  object(): Promise<Change>;
  filtered(): Promise<readonly string[]>;
  filteredDiscarding(): Promise<readonly string[]>;
  guarded(): Promise<string>;
  guardedWithCondition(): Promise<string>;
  twoFiltered(): Promise<readonly string[]>;
  tell(workflowId: string, text: string): Promise<void>;
  readonly texts: Channel<string>;
  readonly others: Channel<string>;
  readonly fleeting: Channel<string>;
  readonly changes: Channel<Change>;
}
const Channels = defineWorkflow<Channels>("Channels");

class ChannelsV1 extends Workflow implements Channels {
  readonly texts = channel<string>();
  readonly others = channel<string>();
  readonly fleeting = channel<string>({ whenNotReceiving: "discard" });
  readonly changes = channel<Change>();

  async one(): Promise<string> {
    return this.texts.receive();
  }

  async raceWithTimer(ms: number): Promise<string> {
    const first = await Promise.race([this.texts.receive(), timer(ms)]);
    return first instanceof Date ? "timer" : first;
  }

  async oneAfter(ms: number): Promise<string> {
    await timer(ms);
    return this.texts.receive();
  }

  async discardedAfter(ms: number): Promise<string> {
    await timer(ms);
    return this.fleeting.receive();
  }

  async object(): Promise<Change> {
    return this.changes.receive();
  }

  async filtered(): Promise<readonly string[]> {
    const long = await this.texts.receive({ where: (text) => text.length > 3 });
    return [long, await this.texts.receive()];
  }

  async filteredDiscarding(): Promise<readonly string[]> {
    const long = await this.fleeting.receive({ where: (text) => text.length > 3 });
    const first = await Promise.race([this.fleeting.receive(), timer("10s")]);
    return [long, first instanceof Date ? "nothing" : first];
  }

  async guarded(): Promise<string> {
    const added = await this.changes.receive({ where: isAdded });
    return added.item;
  }

  async guardedWithCondition(): Promise<string> {
    const added = await this.changes.receive({
      where: (change): change is Added => isAdded(change) && change.item.startsWith("b"),
    });
    return added.item;
  }

  async twoFiltered(): Promise<readonly string[]> {
    const a = this.texts.receive({ where: (text) => text.startsWith("a") });
    const b = this.texts.receive({ where: (text) => text.startsWith("b") });
    return Promise.all([a, b]);
  }

  async tell(workflowId: string, text: string): Promise<void> {
    getWorkflowById(Channels, workflowId).texts.send(text);
  }
}

const scenario = scenariosWith({ workflows: [workflowOf(Channels, ChannelsV1)] });

scenario("CHA-01 † a signal sent after dispatch is received", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels).dispatch.one();
  await client.getWorkflowById(Channels, flow.workflowId).texts.send("hello");
  expect(await until(flow.result())).toBe("hello");
});

scenario("CHA-02 a signal is sent by workflow id, and to no other instance", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.raceWithTimer(1_000);
  const other = await client.newWorkflow(Channels, { id: "d" }).dispatch.raceWithTimer(1_000);
  await client.getWorkflowById(Channels, "c").texts.send("hello");
  expect(await until(flow.result())).toBe("hello");
  expect(await until(other.result())).toBe("timer");
});

scenario("CHA-04 a signal sent at once beats a 1 s timer", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.raceWithTimer(1_000);
  await client.getWorkflowById(Channels, "c").texts.send("hello");
  expect(await until(flow.result())).toBe("hello");
});

scenario("CHA-05 a signal on another channel does not", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.raceWithTimer(1_000);
  await client.getWorkflowById(Channels, "c").others.send("hello");
  expect(await until(flow.result())).toBe("timer");
});

scenario(
  "CHA-06 a discarding channel drops a signal sent before receive()",
  async ({ client, until, clock }) => {
    const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.discardedAfter(1_000);
    await client.getWorkflowById(Channels, "c").fleeting.send("early");
    await until(clock.sleep(2_000));
    await client.getWorkflowById(Channels, "c").fleeting.send("late");
    expect(await until(flow.result())).toBe("late");
  },
);

scenario(
  "CHA-07 by default a signal sent before receive() is kept and received",
  async ({ client, until, clock }) => {
    const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.oneAfter(1_000);
    await client.getWorkflowById(Channels, "c").texts.send("early");
    await until(clock.sleep(2_000));
    await client.getWorkflowById(Channels, "c").texts.send("late");
    expect(await until(flow.result())).toBe("early");
  },
);

scenario("CHA-08 a signal that is an object keeps its shape", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.object();
  await client.getWorkflowById(Channels, "c").changes.send({ kind: "added", item: "ball" });
  expect(await until(flow.result())).toEqual({ kind: "added", item: "ball" });
});

scenario("CHA-09 what a filter skips stays available to other receives", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.filtered();
  for (const text of ["abc", "abcd"]) await client.getWorkflowById(Channels, "c").texts.send(text);
  expect(await until(flow.result())).toEqual(["abcd", "abc"]);
});

scenario("CHA-09 what a filter skips is dropped by a discarding channel", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.filteredDiscarding();
  for (const text of ["abc", "abcd"]) await client.getWorkflowById(Channels, "c").fleeting.send(text);
  expect(await until(flow.result())).toEqual(["abcd", "nothing"]);
});

scenario("CHA-10 a filter that is a type guard narrows the received type", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.guarded();
  await client.getWorkflowById(Channels, "c").changes.send({ kind: "removed", count: 1 });
  await client.getWorkflowById(Channels, "c").changes.send({ kind: "added", item: "ball" });
  expect(await until(flow.result())).toBe("ball");
});

scenario("CHA-11 a filter that is a type guard and a condition", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.guardedWithCondition();
  await client.getWorkflowById(Channels, "c").changes.send({ kind: "added", item: "apple" });
  await client.getWorkflowById(Channels, "c").changes.send({ kind: "added", item: "ball" });
  expect(await until(flow.result())).toBe("ball");
});

scenario("CHA-12 two filtered receives fed in the opposite order both resolve", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.twoFiltered();
  for (const text of ["b1", "a1"]) await client.getWorkflowById(Channels, "c").texts.send(text);
  expect(await until(flow.result())).toEqual(["a1", "b1"]);
});

scenario(
  "CHA-13 two filtered receives with a signal in between that fits neither",
  async ({ client, until }) => {
    const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.twoFiltered();
    for (const text of ["b1", "c1", "a1"]) await client.getWorkflowById(Channels, "c").texts.send(text);
    expect(await until(flow.result())).toEqual(["a1", "b1"]);
  },
);

scenario("CHA-21 a workflow signals another workflow, by id", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.one();
  await until(client.newWorkflow(Channels).tell("c", "hello"));
  expect(await until(flow.result())).toBe("hello");
});

scenario(
  "CHA-25 † a signal that comes before its workflow's start is received after it",
  async ({ client, until }) => {
    const id = crypto.randomUUID();
    await client.getWorkflowById(Channels, id).texts.send("early");
    const flow = await client.newWorkflow(Channels, { id }).dispatch.one();
    await client.getWorkflowById(Channels, id).texts.send("late");
    expect(await until(flow.result())).toBe("early");
  },
);
