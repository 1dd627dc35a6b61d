import { expect } from "vitest";
import type { InfiniticClient } from "../../lib/client/client.ts";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { getWorkflowByTag, newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { scenariosWith } from "./scenario.ts";

interface Member {
  readonly words: Channel<string>;
  /** Waits for a word. */
  listen(): Promise<string>;
  /** Waits for a word, or for the end of a minute. */
  listenForAMinute(): Promise<string>;
  greet(name: string): Promise<string>;
  /** Waits for a child that has the tag too. */
  listenThroughChild(tag: string, childId: string): Promise<string>;
  /** Tells all members of a tag. */
  announce(tag: string, word: string): Promise<void>;
  /** Tells all members of a tag, and hears it too. */
  announceAndListen(tag: string, word: string): Promise<string>;
  greetAll(tag: string, name: string): Promise<void>;
}
const Member = defineWorkflow<Member>("Member");

class MemberV1 extends Workflow implements Member {
  readonly words = channel<string>();
  private greeted = "nobody";

  async listen(): Promise<string> {
    return `${await this.words.receive()}, ${this.greeted}`;
  }

  async listenForAMinute(): Promise<string> {
    const first = await Promise.race([this.words.receive(), timer("1m")]);
    return first instanceof Date ? "timer" : first;
  }

  async greet(name: string): Promise<string> {
    this.greeted = name;
    return `hello ${name}`;
  }

  async listenThroughChild(tag: string, childId: string): Promise<string> {
    return newWorkflow(Member, { id: childId, tags: [tag] }).listen();
  }

  async announce(tag: string, word: string): Promise<void> {
    getWorkflowByTag(Member, tag).words.send(word);
  }

  async announceAndListen(tag: string, word: string): Promise<string> {
    getWorkflowByTag(Member, tag).words.send(word);
    return this.words.receive();
  }

  async greetAll(tag: string, name: string): Promise<void> {
    getWorkflowByTag(Member, tag).greet(name);
  }
}

const scenario = scenariosWith({ workflows: [workflowOf(Member, MemberV1)] });
const newTag = (): string => `vip ${crypto.randomUUID()}`;
const start = (client: InfiniticClient, tag: string) => client.newWorkflow(Member, { tags: [tag] }).dispatch;

scenario("CHA-03 a signal by tag is received", async ({ client, until }) => {
  const tag = newTag();
  const flows = [await start(client, tag).listen(), await start(client, tag).listen()];
  const other = await start(client, newTag()).listen();
  await client.getWorkflowByTag(Member, tag).words.send("hi");
  expect(await until(Promise.all(flows.map((flow) => flow.result())))).toEqual(["hi, nobody", "hi, nobody"]);
  expect(await client.getWorkflowById(Member, other.workflowId).describe()).toMatchObject({
    status: "running",
  });
});

scenario("CHA-21 a workflow signals other workflows, by tag", async ({ client, until }) => {
  const tag = newTag();
  const flow = await start(client, tag).listen();
  await until(client.newWorkflow(Member).announce(tag, "hi"));
  expect(await until(flow.result())).toBe("hi, nobody");
});

scenario("TIM-08 completeTimers by tag: the timer wins", async ({ client, until }) => {
  const tag = newTag();
  const flow = await start(client, tag).listenForAMinute();
  await client.getWorkflowByTag(Member, tag).completeTimers();
  expect(await until(flow.result())).toBe("timer");
  const { records } = await client.getWorkflowById(Member, flow.workflowId).history();
  const instants = records.flatMap((record) => ("at" in record ? [record.at] : []));
  expect(Math.max(...instants) - Math.min(...instants)).toBeLessThan(60_000);
});

scenario("CHI-04 cancelling a parent by tag cancels its child; both leave the tag's ids", async (stage) => {
  const { client, until } = stage;
  const tag = newTag();
  const parent = await start(client, tag).listenThroughChild(tag, "child");
  await until(untilBegun(client, "child"));
  expect((await client.getWorkflowByTag(Member, tag).ids()).toSorted()).toEqual(
    [parent.workflowId, "child"].toSorted(),
  );
  await client.getWorkflowByTag(Member, tag).cancel();
  await expect(until(parent.result())).rejects.toMatchObject({ code: "WORKFLOW_CANCELED" });
  await until(untilCanceled(client, "child"));
  expect(await client.getWorkflowByTag(Member, tag).ids()).toEqual([]);
});

scenario(
  "ERR-23 a cancel by tag cancels children that do not have the tag too",
  async ({ client, until }) => {
    const tag = newTag();
    const parent = await start(client, tag).listenThroughChild("another", "child");
    await until(untilBegun(client, "child"));
    await client.getWorkflowByTag(Member, tag).cancel();
    await expect(until(parent.result())).rejects.toMatchObject({ code: "WORKFLOW_CANCELED" });
    await until(untilCanceled(client, "child"));
  },
);

scenario("ERR-24 a method by tag is dispatched to every matching instance", async ({ client, until }) => {
  const tag = newTag();
  const flows = [await start(client, tag).listen(), await start(client, tag).listen()];
  expect(await client.getWorkflowByTag(Member, tag).greet("Ann")).toBeUndefined();
  await until(Promise.all(flows.map(({ workflowId }) => untilMethods(client, workflowId, 2))));
  await until(client.newWorkflow(Member).greetAll(tag, "Ben"));
  await until(Promise.all(flows.map(({ workflowId }) => untilMethods(client, workflowId, 3))));
  await client.getWorkflowByTag(Member, tag).words.send("bye");
  expect(await until(Promise.all(flows.map((flow) => flow.result())))).toEqual(["bye, Ben", "bye, Ben"]);
});

scenario("TAG-02 † ids by tag: one while it runs, none after a cancel", async ({ client, until }) => {
  const tag = newTag();
  const flow = await start(client, tag).listen();
  await until(untilBegun(client, flow.workflowId));
  expect(await client.getWorkflowByTag(Member, tag).ids()).toEqual([flow.workflowId]);
  await client.getWorkflowById(Member, flow.workflowId).cancel();
  await until(untilCanceled(client, flow.workflowId));
  expect(await client.getWorkflowByTag(Member, tag).ids()).toEqual([]);
});

scenario("TAG-05 a workflow acts by tag on a set that it belongs to", async ({ client, until }) => {
  const tag = newTag();
  const listener = await start(client, tag).listen();
  const flow = await start(client, tag).announceAndListen(tag, "hi");
  expect(await until(flow.result())).toBe("hi");
  expect(await until(listener.result())).toBe("hi, nobody");
});

scenario(
  "TAG-06 a by-tag signal right after the start's 202 reaches the instance",
  async ({ client, until }) => {
    const tag = newTag();
    const flow = await start(client, tag).listen();
    await client.getWorkflowByTag(Member, tag).words.send("hi");
    expect(await until(flow.result())).toBe("hi, nobody");
  },
);

scenario("TAG-09 a thousand instances under one tag all get a by-tag signal, once", async (stage) => {
  const { client, until } = stage;
  const tag = newTag();
  const flows = await Promise.all(Array.from({ length: 1_000 }, () => start(client, tag).listen()));
  await client.getWorkflowByTag(Member, tag).words.send("hi");
  const results = await until(Promise.all(flows.map((flow) => flow.result())));
  expect(new Set(results)).toEqual(new Set(["hi, nobody"]));
  const histories = flows.map(({ workflowId }) => client.getWorkflowById(Member, workflowId).history());
  for (const { records } of await until(Promise.all(histories))) {
    expect(records.filter(({ kind }) => kind === "signal-received")).toHaveLength(1);
  }
});

const untilBegun = (client: InfiniticClient, id: string) => untilMethods(client, id, 1);
const untilCanceled = (client: InfiniticClient, id: string) => untilStatus(client, id, "canceled");

async function untilStatus(client: InfiniticClient, id: string, status: string): Promise<void> {
  await expect
    .poll(async () => (await viewOf(client, id))?.status, { timeout: 20_000, interval: 5 })
    .toBe(status);
}

async function untilMethods(client: InfiniticClient, id: string, count: number): Promise<void> {
  await expect
    .poll(async () => (await viewOf(client, id))?.methods.length, { timeout: 20_000, interval: 5 })
    .toBe(count);
}

/** Undefined while the instance is unknown: its start is on its way. */
const viewOf = (client: InfiniticClient, id: string) =>
  client
    .getWorkflowById(Member, id)
    .describe()
    .catch(() => undefined);
