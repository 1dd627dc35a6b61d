import { expect } from "vitest";
import { defineWorkflow } from "../../lib/core/definition.ts";
import { workflowOf } from "../../lib/testing/test-system.ts";
import { type Channel, channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { Workflow, workflowContext } from "../../lib/workflow/workflow.ts";
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
