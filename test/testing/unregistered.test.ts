import { afterEach, expect, test } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { getWorkflowById, getWorkflowByTag, newWorkflow } from "../../lib/workflow/workflow-stub.ts";

interface Ghost {
  haunt(): Promise<string>;
}
const GhostService = defineService<Ghost>("GhostService");
const GhostFlow = defineWorkflow<Ghost>("GhostFlow");

interface Flow {
  task(): Promise<string>;
  child(): Promise<string>;
  byId(): Promise<string>;
  byTag(): Promise<string>;
  race(): Promise<string>;
  limited(): Promise<string>;
}
const Flow = defineWorkflow<Flow>("Flow");

class FlowV1 extends Workflow implements Flow {
  async task(): Promise<string> {
    return newService(GhostService).haunt();
  }
  async child(): Promise<string> {
    return newWorkflow(GhostFlow).haunt();
  }
  async byId(): Promise<string> {
    return getWorkflowById(GhostFlow, "g").haunt();
  }
  async byTag(): Promise<string> {
    getWorkflowByTag(GhostFlow, "g").haunt();
    await timer("1m");
    return "told";
  }
  async race(): Promise<string> {
    return Promise.race([newService(GhostService).haunt(), timer("1h").then(() => "late")]);
  }
  async limited(): Promise<string> {
    return newService(GhostService, { timeout: "1h" }).haunt();
  }
}

let system: TestSystem;
afterEach(() => system.close());

const start = async (...services: ConstructorParameters<typeof TestSystem>[0]["services"] & object) => {
  system = await new TestSystem({ workflows: [workflowOf(Flow, FlowV1)], services }).start();
  return system.client.newWorkflow(Flow);
};

const NO_SERVICE =
  "expected service GhostService to be registered with serviceOf, got a message that nobody takes";
const NO_WORKFLOW =
  "expected workflow GhostFlow to be registered with workflowOf, got a message that nobody takes";

test.each([
  ["task", NO_SERVICE, "task-executor:GhostService"],
  ["child", NO_WORKFLOW, "workflow-engine:GhostFlow"],
  ["byId", NO_WORKFLOW, "workflow-engine:GhostFlow"],
] as const)(
  "EDG-72 a %s of what nobody registered is told at once, and ends the wait",
  async (method, message, topic) => {
    const flow = await start();
    const before = system.parts.clock.now();
    await expect(system.until(flow[method]())).rejects.toMatchObject({ code: "MISCONFIGURED", message });
    expect(system.healthIssues).toEqual([{ subject: `topic:${topic}`, message, attempts: 1 }]);
    expect(system.parts.clock.now() - before).toBeLessThan(10 * 60_000);
  },
);

test("EDG-72 what is sent by tag to a workflow that nobody registered is told", async () => {
  const flow = await start();
  expect(await system.until(flow.byTag())).toBe("told");
  expect(system.healthIssues).toMatchObject([{ message: NO_WORKFLOW }]);
});

test("EDG-72 what has another way to go on goes on, and it is told all the same", async () => {
  const flow = await start();
  expect(await system.until(flow.race())).toBe("late");
  expect(system.healthIssues).toMatchObject([{ message: NO_SERVICE }]);
  const limited = system.client.newWorkflow(Flow).limited();
  await expect(system.until(limited)).rejects.toMatchObject({ cause: { name: "TaskTimedOutError" } });
  expect(system.healthIssues).toHaveLength(1);
});

test("EDG-72 nothing is told of a service that is there", async () => {
  const flow = await start(serviceOf(GhostService, { haunt: async () => "boo" }));
  expect(await system.until(flow.task())).toBe("boo");
  expect(system.healthIssues).toEqual([]);
});

test("EDG-72 what a system sends to another one on the same broker is not missing", async () => {
  const flow = await start();
  const other = new TestSystem({
    workflows: [],
    services: [serviceOf(GhostService, { haunt: async () => "boo" })],
    parts: system.parts,
  });
  await other.bridge.start();
  expect(await system.until(flow.task())).toBe("boo");
  expect(system.healthIssues).toEqual([]);
  await other.bridge.close();
});
