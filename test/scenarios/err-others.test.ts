import { expect } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { WorkflowUnknownError } from "../../lib/core/values/remote-errors.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { getWorkflowById, newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { scenariosWith } from "./scenario.ts";
import { failedText, Texts } from "./texts.ts";

interface Relations {
  wait(): Promise<string>;
  uncaught(): Promise<string>;
  child(method: "wait" | "uncaught", childId: string): Promise<string>;
  childNotAwaited(method: "wait" | "uncaught", childId: string): Promise<string>;
  childCaught(): Promise<string>;
  unknown(): Promise<string>;
  unknownCaught(): Promise<string>;
  readonly texts: Channel<string>;
}
const Relations = defineWorkflow<Relations>("Relations");

class RelationsV1 extends Workflow implements Relations {
  readonly texts = channel<string>();
  #service = newService(Texts);

  async wait(): Promise<string> {
    return this.texts.receive();
  }

  async uncaught(): Promise<string> {
    return this.#service.fail("no text");
  }

  async child(method: "wait" | "uncaught", childId: string): Promise<string> {
    return newWorkflow(Relations, { id: childId })[method]();
  }

  async childNotAwaited(method: "wait" | "uncaught", childId: string): Promise<string> {
    newWorkflow(Relations, { id: childId })[method]();
    await timer("1m");
    return "ok";
  }

  async childCaught(): Promise<string> {
    try {
      return await newWorkflow(Relations).uncaught();
    } catch (error) {
      return rootOf(error).name;
    }
  }

  async unknown(): Promise<string> {
    return getWorkflowById(Relations, "nobody").uncaught();
  }

  async unknownCaught(): Promise<string> {
    try {
      return await getWorkflowById(Relations, "nobody").uncaught();
    } catch (error) {
      if (error instanceof WorkflowUnknownError) return `${error.workflow} ${error.workflowId} is unknown`;
      throw error;
    }
  }
}

function rootOf(error: unknown): Error {
  if (!(error instanceof Error)) throw new TypeError("expected an Error");
  return error.cause === undefined ? error : rootOf(error.cause);
}

const scenario = scenariosWith({ workflows: [workflowOf(Relations, RelationsV1)] });

scenario(
  "ERR-10 a child is canceled while awaited: caused by WorkflowCanceledError",
  async ({ client, until, clock }) => {
    const flow = await client.newWorkflow(Relations).dispatch.child("wait", "child");
    await until(clock.sleep(1_000));
    await client.getWorkflowById(Relations, "child").cancel();
    await expect(until(flow.result())).rejects.toMatchObject({
      name: "WorkflowFailedError",
      method: "child",
      cause: { name: "WorkflowCanceledError", workflow: "Relations", workflowId: "child" },
    });
  },
);

scenario("ERR-11 a child is canceled while not awaited: no matter", async ({ client, until, clock }) => {
  const flow = await client.newWorkflow(Relations).dispatch.childNotAwaited("wait", "child");
  await until(clock.sleep(1_000));
  await client.getWorkflowById(Relations, "child").cancel();
  expect(await until(flow.result())).toBe("ok");
  expect(await client.getWorkflowById(Relations, "child").describe()).toMatchObject({ status: "canceled" });
});

scenario("ERR-12 a child fails while awaited: nested causes down to the task", async ({ client, until }) => {
  await expect(until(client.newWorkflow(Relations).child("uncaught", "child"))).rejects.toMatchObject({
    name: "WorkflowFailedError",
    method: "child",
    cause: { name: "WorkflowFailedError", method: "uncaught", workflowId: "child", cause: failedText },
  });
});

scenario("ERR-13 a child fails while not awaited: no matter", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Relations).childNotAwaited("uncaught", "child"))).toBe("ok");
  expect(await client.getWorkflowById(Relations, "child").describe()).toMatchObject({ status: "failed" });
});

scenario(
  "ERR-15 a child's failure is caught; the root error's name is readable",
  async ({ client, until }) => {
    expect(await until(client.newWorkflow(Relations).childCaught())).toBe("NoTextError");
  },
);

scenario(
  "ERR-21 a client's call to an unknown workflow id: WorkflowUnknownError",
  async ({ client, until }) => {
    const called = until(client.getWorkflowById(Relations, "nobody").uncaught());
    await expect(called).rejects.toBeInstanceOf(WorkflowUnknownError);
    await expect(called).rejects.toMatchObject({ workflow: "Relations", workflowId: "nobody" });
  },
);

scenario("ERR-21 a workflow's call to one: the workflow fails, caused by it", async ({ client, until }) => {
  await expect(until(client.newWorkflow(Relations).unknown())).rejects.toMatchObject({
    cause: { name: "WorkflowUnknownError", workflow: "Relations", workflowId: "nobody", method: "uncaught" },
  });
});

scenario("ERR-22 a workflow catches it", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Relations).unknownCaught())).toBe("Relations nobody is unknown");
});
