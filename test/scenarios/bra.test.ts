import { expect } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { workflowContext } from "../../lib/workflow/workflow-context.ts";
import { getWorkflowById } from "../../lib/workflow/workflow-stub.ts";
import { scenariosWith } from "./scenario.ts";
import { Texts } from "./texts.ts";

interface Branches {
  run(): Promise<string>;
  runWithTasks(): Promise<string>;
  statuses(): Promise<readonly string[]>;
  collect(): Promise<string>;
  leaveBranchBehind(): Promise<string>;
  reversed(): Promise<string>;
  twoTasks(): Promise<string>;
  add(text: string): Promise<string>;
  rest(ms: number): Promise<void>;
  readonly last: Channel<string>;
}
const Branches = defineWorkflow<Branches>("Branches");

class BranchesV1 extends Workflow implements Branches {
  readonly last = channel<string>();
  #texts = newService(Texts);
  #self = getWorkflowById(Branches, workflowContext().workflowId);
  #text = "";

  async run(): Promise<string> {
    const branch = this.#self.reversed();
    const text = await this.#texts.concat("2", "3");
    return this.#texts.concat(text, await branch);
  }

  async runWithTasks(): Promise<string> {
    const branch = this.#self.twoTasks();
    const text = await this.#texts.concat("2", "3");
    return text + (await branch);
  }

  async statuses(): Promise<readonly string[]> {
    const branch = this.#self.reversed();
    const before = branch.status();
    await branch;
    return [before, branch.status()];
  }

  async collect(): Promise<string> {
    this.#text += "a";
    const last = await this.last.receive();
    return this.#text + last;
  }

  async leaveBranchBehind(): Promise<string> {
    this.#self.rest(5_000);
    return "done";
  }

  async reversed(): Promise<string> {
    return this.#texts.reverse("ab");
  }

  async twoTasks(): Promise<string> {
    return this.#texts.concat(await this.#texts.reverse("ab"), "c");
  }

  async add(text: string): Promise<string> {
    this.#text += text;
    return this.#text;
  }

  async rest(ms: number): Promise<void> {
    await timer(ms);
  }
}

const scenario = scenariosWith({ workflows: [workflowOf(Branches, BranchesV1)] });

scenario("BRA-01 two tasks, and an async method on self", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Branches).run())).toBe("23ba");
});

scenario("BRA-02 the same with a branch of two tasks", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Branches).runWithTasks())).toBe("23bac");
});

scenario(
  "BRA-03 the status of a self-dispatched method, before and after its await",
  async ({ client, until }) => {
    expect(await until(client.newWorkflow(Branches).statuses())).toEqual(["pending", "completed"]);
  },
);

scenario(
  "BRA-04 a client calls a second method on a running instance; a signal then ends the first",
  async ({ client, until }) => {
    const flow = await client.newWorkflow(Branches, { id: "b" }).dispatch.collect();
    const branches = client.getWorkflowById(Branches, "b");
    expect(await until(branches.add("b"))).toBe("ab");
    await branches.last.send("c");
    expect(await until(flow.result())).toBe("abc");
  },
);

scenario("BRA-05 three methods sent to a running instance keep their order", async ({ client, until }) => {
  const flow = await client.newWorkflow(Branches, { id: "b" }).dispatch.collect();
  const branches = client.getWorkflowById(Branches, "b");
  for (const text of ["b", "c", "d"]) await branches.dispatch.add(text);
  await branches.last.send("e");
  expect(await until(flow.result())).toBe("abcde");
});

scenario("BRA-06 † one hundred methods sent to a running instance", async ({ client, until }) => {
  const flow = await client.newWorkflow(Branches).dispatch.collect();
  const branches = client.getWorkflowById(Branches, flow.workflowId);
  await until(Promise.all(Array.from({ length: 100 }, () => branches.add("b"))));
  await branches.last.send("c");
  expect(await until(flow.result())).toBe(`a${"b".repeat(100)}c`);
});

scenario(
  "BRA-07 a branch that outlives the main method keeps the instance running",
  async ({ client, until, clock }) => {
    expect(await until(client.newWorkflow(Branches, { id: "b" }).leaveBranchBehind())).toBe("done");
    const branches = client.getWorkflowById(Branches, "b");
    expect(await branches.describe()).toMatchObject({ status: "running" });
    await until(clock.sleep(6_000));
    expect(await branches.describe()).toMatchObject({ status: "completed" });
  },
);
