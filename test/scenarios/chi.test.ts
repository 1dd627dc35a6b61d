import { expect } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { scenariosWith } from "./scenario.ts";
import { Texts } from "./texts.ts";

interface Family {
  leaf(text: string): Promise<string>;
  childThenTask(): Promise<string>;
  childAwaitedLater(): Promise<string>;
  factorial(n: number): Promise<number>;
  rest(ms: number): Promise<string>;
  leaveChildBehind(childId: string): Promise<string>;
  twiceTheSameChild(childId: string): Promise<readonly string[]>;
  sameCustomChild(customId: string): Promise<string>;
}
const Family = defineWorkflow<Family>("Family");

class FamilyV1 extends Workflow implements Family {
  #texts = newService(Texts);
  #child = newWorkflow(Family);

  async leaf(text: string): Promise<string> {
    return this.#texts.reverse(text);
  }

  async childThenTask(): Promise<string> {
    const a = await this.#child.leaf("a");
    return this.#texts.concat(a, "b");
  }

  async childAwaitedLater(): Promise<string> {
    const child = this.#child.leaf("ab");
    const own = await this.#texts.reverse("ab");
    return own + (await child);
  }

  async factorial(n: number): Promise<number> {
    return n <= 1 ? 1 : n * (await this.#child.factorial(n - 1));
  }

  async rest(ms: number): Promise<string> {
    await timer(ms);
    return "rested";
  }

  async leaveChildBehind(childId: string): Promise<string> {
    newWorkflow(Family, { id: childId }).rest(5_000);
    return "done";
  }

  async twiceTheSameChild(childId: string): Promise<readonly string[]> {
    const child = newWorkflow(Family, { id: childId });
    const both = await Promise.all([child.leaf("ab"), child.leaf("cd")]);
    return [...both, await child.leaf("ef")];
  }

  async sameCustomChild(customId: string): Promise<string> {
    return newWorkflow(Family, { customId }).leaf(customId);
  }
}

const scenario = scenariosWith({ workflows: [workflowOf(Family, FamilyV1)] });

scenario("CHI-01 † a child, then a task, in sequence", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Family).childThenTask())).toBe("ab");
});

scenario("CHI-02 a child is dispatched and awaited later", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Family).childAwaitedLater())).toBe("baba");
});

scenario("CHI-03 † recursive children compute factorial(14)", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Family).factorial(14))).toBe(87_178_291_200);
});

scenario(
  "CHI-05 a parent that completes does not end a child it did not await",
  async ({ client, until }) => {
    expect(await until(client.newWorkflow(Family).leaveChildBehind("child"))).toBe("done");
    const child = client.getWorkflowById(Family, "child");
    expect(await child.describe()).toMatchObject({ status: "running" });
    expect(await until(child.result())).toBe("rested");
  },
);

scenario(
  "CHI-02 a child that is started under an id that exists gives what that instance gives",
  async ({ client, until }) => {
    expect(await until(client.newWorkflow(Family).twiceTheSameChild("c"))).toEqual(["ba", "ba", "ba"]);
  },
);

scenario("TAG-07 a child with a customId runs again once it has ended", async ({ client, until }) => {
  for (let round = 0; round < 3; round++) {
    const parents = [client.newWorkflow(Family), client.newWorkflow(Family)];
    const results = await until(Promise.all(parents.map((parent) => parent.sameCustomChild("ab"))));
    expect(results).toEqual(["ba", "ba"]);
  }
});
