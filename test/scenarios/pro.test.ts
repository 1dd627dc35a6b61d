import { expect } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { WorkflowFailedError } from "../../lib/core/values/remote-errors.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { workflowContext } from "../../lib/workflow/workflow-context.ts";
import { getWorkflowById } from "../../lib/workflow/workflow-stub.ts";
import { scenariosWith } from "./scenario.ts";
import { Texts } from "./texts.ts";

interface Properties {
  synchronous(): Promise<string>;
  asynchronous(): Promise<string>;
  withTaskInBranch(): Promise<string>;
  slowBranch(): Promise<string>;
  twoBranches(): Promise<string>;
  taskBeforeAndInBranch(): Promise<string>;
  deferredInArgument(): Promise<string>;
  deferredInResult(): Promise<unknown>;
  deferredAsResult(): Promise<string>;
  add(text: string): Promise<void>;
  addByTask(text: string): Promise<void>;
  addAfter(text: string, ms: number): Promise<void>;
}
const Properties = defineWorkflow<Properties>("Properties");

class PropertiesV1 extends Workflow implements Properties {
  #texts = newService(Texts);
  #self = getWorkflowById(Properties, workflowContext().workflowId);
  #text = "a";

  async synchronous(): Promise<string> {
    await this.#self.add("b");
    this.#text += "c";
    return this.#text;
  }

  async asynchronous(): Promise<string> {
    const branch = this.#self.add("b");
    this.#text += "c";
    await branch;
    this.#text += "d";
    return this.#text;
  }

  async withTaskInBranch(): Promise<string> {
    const branch = this.#self.addByTask("b");
    this.#text += "c";
    await branch;
    this.#text += "d";
    return this.#text;
  }

  async slowBranch(): Promise<string> {
    this.#self.addAfter("b", 2_000);
    this.#text += "c";
    await timer(1_000);
    this.#text += "d";
    return this.#text;
  }

  async twoBranches(): Promise<string> {
    const branches = [this.#self.addAfter("b", 2_000), this.#self.addAfter("c", 1_000)];
    this.#text += "d";
    await Promise.all(branches);
    return this.#text;
  }

  async taskBeforeAndInBranch(): Promise<string> {
    this.#text = await this.#texts.reverse("a");
    const branch = this.#self.addByTask("b");
    this.#text += "c";
    await branch;
    const last = await this.#texts.reverse("d");
    return this.#text + last;
  }

  async deferredInArgument(): Promise<string> {
    const held: unknown = { nested: this.#texts.reverse("ab") };
    return this.#texts.concat("a", held as string); // the compiler refuses it without the cast
  }

  async deferredInResult(): Promise<unknown> {
    return { nested: this.#texts.reverse("ab") };
  }

  async deferredAsResult(): Promise<string> {
    return this.#texts.reverse("ab");
  }

  async add(text: string): Promise<void> {
    this.#text += text;
  }

  async addByTask(text: string): Promise<void> {
    const reversed = await this.#texts.reverse(text);
    this.#text += reversed;
  }

  async addAfter(text: string, ms: number): Promise<void> {
    await timer(ms);
    this.#text += text;
  }
}

const scenario = scenariosWith({ workflows: [workflowOf(Properties, PropertiesV1)] });

scenario("PRO-01 a synchronous method on self shares a property", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Properties).synchronous())).toBe("abc");
});

scenario("PRO-02 so does an asynchronous one, awaited later", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Properties).asynchronous())).toBe("acbd");
});

scenario("PRO-03 the same with a task in the branch", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Properties).withTaskInBranch())).toBe("acbd");
});

scenario("PRO-04 a branch slower than the main method, and not awaited", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Properties).slowBranch())).toBe("acd");
});

scenario("PRO-05 two branches with different delays", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Properties).twoBranches())).toBe("adcb");
});

scenario("PRO-06 a task before and inside the branch", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Properties).taskBeforeAndInBranch())).toBe("acbd");
});

for (const method of ["deferredInArgument", "deferredInResult"] as const) {
  scenario(`PRO-07 a ${method} is refused with an error that names it`, async ({ client, until }) => {
    const flow = await client.newWorkflow(Properties, { id: "p" }).dispatch[method]();
    const error = await until(flow.result()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(error).toMatchObject({
      cause: {
        name: "DeferredNotSerializableError",
        message: expect.stringMatching(/got the Deferred Properties:p:[^:]+:0\.0: await it first/),
      },
    });
  });
}

scenario("PRO-07 return deferred awaits it", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Properties).deferredAsResult())).toBe("ba");
});
