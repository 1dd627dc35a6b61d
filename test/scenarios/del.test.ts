import { expect } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { taskContext } from "../../lib/service/task-context.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { scenariosWith } from "./scenario.ts";

interface Desk {
  /** Somebody at the desk decides. */
  approve(item: string): Promise<string>;
  /** The same, and whoever decides gives a sign of life. */
  review(item: string): Promise<string>;
}
const Desk = defineService<Desk>("Desk");

interface Purchase {
  approved(item: string): Promise<string>;
  reviewed(item: string): Promise<string>;
}
const Purchase = defineWorkflow<Purchase>("Purchase");

class PurchaseV1 extends Workflow implements Purchase {
  private readonly desk = newService(Desk);

  async approved(item: string): Promise<string> {
    return this.desk.approve(item);
  }

  async reviewed(item: string): Promise<string> {
    return this.desk.review(item);
  }
}

/** The task ids that are handed over, by item: each scenario has items of its own. */
const desks = new Map<string, PromiseWithResolvers<string>>();
const deskOf = (item: string): PromiseWithResolvers<string> => {
  const desk = desks.get(item) ?? Promise.withResolvers<string>();
  desks.set(item, desk);
  return desk;
};
const handOver = async (item: string): Promise<string> => {
  deskOf(item).resolve(taskContext().taskId);
  return "ignored";
};

const scenario = scenariosWith({
  workflows: [workflowOf(Purchase, PurchaseV1)],
  services: () => [
    serviceOf(
      Desk,
      { approve: handOver, review: handOver },
      { retry: noRetry, delegated: { approve: true, review: { heartbeatTimeout: "30s" } } },
    ),
  ],
});

const newItem = (): string => `item ${crypto.randomUUID()}`;
const taskIdOf = (item: string): Promise<string> => deskOf(item).promise;

scenario("DEL-01 a delegated task is completed by the client after a second", async (stage) => {
  const { client, clock, until } = stage;
  const item = newItem();
  const flow = await client.newWorkflow(Purchase).dispatch.approved(item);
  const taskId = await until(taskIdOf(item));
  await until(clock.sleep(1_000));
  expect(await client.getWorkflowById(Purchase, flow.workflowId).describe()).toMatchObject({
    status: "running",
    waitsFor: { tasks: [{ taskId, delegated: true }] },
  });
  await client.completeTask(taskId, "approved");
  expect(await until(flow.result())).toBe("approved");
});

scenario("DEL-02 a delegated task is failed by the client", async ({ client, until }) => {
  const item = newItem();
  const flow = await client.newWorkflow(Purchase).dispatch.approved(item);
  await client.failTask(await until(taskIdOf(item)), new RangeError("too dear"));
  await expect(until(flow.result())).rejects.toMatchObject({
    code: "WORKFLOW_FAILED",
    cause: { code: "TASK_FAILED", cause: { name: "RangeError", message: "too dear" } },
  });
});

scenario("DEL-03 a heartbeat missed: the task fails", async ({ client, clock, until }) => {
  const item = newItem();
  const startedAt = clock.now();
  const flow = await client.newWorkflow(Purchase).dispatch.reviewed(item);
  const taskId = await until(taskIdOf(item));
  await until(clock.sleep(20_000));
  await client.heartbeat(taskId);
  await expect(until(flow.result())).rejects.toMatchObject({
    cause: { code: "TASK_FAILED", cause: { code: "HEARTBEAT_MISSED" } },
  });
  expect(clock.now() - startedAt).toBeGreaterThanOrEqual(50_000);
});

scenario("DEL-04 completing twice changes nothing", async ({ client, until }) => {
  const item = newItem();
  const flow = await client.newWorkflow(Purchase).dispatch.approved(item);
  const taskId = await until(taskIdOf(item));
  await client.completeTask(taskId, "first");
  await client.completeTask(taskId, "second").catch(() => undefined);
  expect(await until(flow.result())).toBe("first");
  await expect(client.completeTask(taskId, "third")).rejects.toMatchObject({ code: "TASK_ENDED" });
  await expect(client.failTask(taskId, new Error("late"))).rejects.toMatchObject({ code: "TASK_ENDED" });
  expect(await until(flow.result())).toBe("first");
});

scenario("DEL-05 an unknown task id is an error", async ({ client, until }) => {
  const item = newItem();
  await client.newWorkflow(Purchase).dispatch.approved(item);
  const taskId = await until(taskIdOf(item));
  for (const unknown of ["none", "Purchase:nobody:r:0.0", `${taskId}9`]) {
    await expect(until(client.completeTask(unknown, "ok"))).rejects.toMatchObject({ code: "TASK_UNKNOWN" });
    await expect(until(client.heartbeat(unknown))).rejects.toMatchObject({ code: "TASK_UNKNOWN" });
  }
});
