import { expect } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { workflowContext } from "../../lib/workflow/workflow-context.ts";
import { scenariosWith } from "./scenario.ts";
import { Texts } from "./texts.ts";

interface Tagged {
  tags(): Promise<readonly string[]>;
  wait(greeting: string): Promise<string>;
  readonly names: Channel<string>;
}
const Tagged = defineWorkflow<Tagged>("Tagged");
const Namesake = defineWorkflow<Tagged>("Namesake");

class TaggedV1 extends Workflow implements Tagged {
  readonly names = channel<string>();
  #texts = newService(Texts);

  async tags(): Promise<readonly string[]> {
    return workflowContext().tags;
  }

  async wait(greeting: string): Promise<string> {
    return this.#texts.concat(greeting, await this.names.receive());
  }
}

const scenario = scenariosWith({
  workflows: [workflowOf(Tagged, TaggedV1), workflowOf(Namesake, TaggedV1)],
});

scenario("TAG-01 the tags are in the workflow's context", async ({ client, until }) => {
  const flow = await client.newWorkflow(Tagged, { id: "t", tags: ["vip", "eu"] }).dispatch.tags();
  expect(await until(flow.result())).toEqual(["vip", "eu"]);
  expect(await client.getWorkflowById(Tagged, "t").describe()).toMatchObject({ tags: ["vip", "eu"] });
});

scenario("TAG-04 one id dispatched a hundred times at once: one instance", async ({ client, until }) => {
  const starts = Array.from({ length: 100 }, (_, index) =>
    client.newWorkflow(Tagged, { id: "t" }).dispatch.wait(`${index} `),
  );
  const flows = await Promise.all(starts);
  await client.getWorkflowById(Tagged, "t").names.send("Ann");
  const results = await until(Promise.all(flows.map((flow) => flow.result())));
  expect(new Set(results).size).toBe(1);
  const { records } = await client.getWorkflowById(Tagged, "t").history();
  expect(records.filter(({ kind }) => kind === "method-started")).toHaveLength(1);
});

scenario(
  "TAG-08 two workflows of different names with the same id do not know of each other",
  async ({ client, until }) => {
    const tagged = await client.newWorkflow(Tagged, { id: "t" }).dispatch.wait("hello ");
    const namesake = await client.newWorkflow(Namesake, { id: "t" }).dispatch.wait("bye ");
    await client.getWorkflowById(Namesake, "t").names.send("Ben");
    expect(await until(namesake.result())).toBe("bye Ben");
    expect(await client.getWorkflowById(Tagged, "t").describe()).toMatchObject({ status: "running" });
    await client.getWorkflowById(Tagged, "t").names.send("Ann");
    expect(await until(tagged.result())).toBe("hello Ann");
  },
);

scenario(
  "TAG-03 † the same customId dispatched twice: one instance, whose result both get",
  async ({ client, until }) => {
    const customId = `order ${crypto.randomUUID()} / 42`;
    const flows = [
      await client.newWorkflow(Tagged, { customId }).dispatch.wait("first "),
      await client.newWorkflow(Tagged, { customId }).dispatch.wait("second "),
    ];
    expect(flows[0]?.workflowId).toBe(flows[1]?.workflowId);
    await client.getWorkflowByCustomId(Tagged, customId).names.send("Ann");
    expect(await until(Promise.all(flows.map((flow) => flow.result())))).toEqual(["first Ann", "first Ann"]);
  },
);

scenario(
  "TAG-07 customId again after the first has ended: a new run with its own result, deaf to the first",
  async ({ client, until, system }) => {
    const customId = "the only one";
    const start = (greeting: string) => client.newWorkflow(Tagged, { customId }).dispatch.wait(greeting);
    const instance = client.getWorkflowByCustomId(Tagged, customId);
    const first = await start("one ");
    await instance.names.send("Ann");
    expect(await until(first.result())).toBe("one Ann");
    const { run } = await instance.describe();
    const second = await start("two ");
    await until(expect.poll(async () => (await instance.describe()).run).not.toBe(run));
    const late = { kind: "task-completed", format: 1, id: "late", at: 1, run, command: "0.1", value: "late" };
    const { workflow, workflowId } = second;
    await system.parts.broker.publish({
      topic: "workflow-engine:Tagged",
      key: workflowId,
      payload: JSON.stringify({ ...late, workflow, workflowId }),
    });
    await instance.names.send("Ben");
    expect(await until(second.result())).toBe("two Ben");
    const { records } = await instance.history();
    expect(records.filter(({ kind }) => kind === "method-started")).toHaveLength(1);
  },
);
