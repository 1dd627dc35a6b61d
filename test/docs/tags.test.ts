import { expect, test, vi } from "vitest";
import {
  Courier,
  CourierV1,
  dismiss,
  hire,
  hireOnce,
  Radio,
  RadioV1,
  tell,
} from "../../docs/examples/tags.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { systemWithMachineClock } from "./systems.ts";

const { client } = await systemWithMachineClock({
  workflows: [workflowOf(Courier, CourierV1), workflowOf(Radio, RadioV1)],
});

test("instances are told by tag", async () => {
  const flow = await hire(client);
  await expect.poll(() => client.getWorkflowByTag(Courier, "north").ids()).toEqual([flow.workflowId]);
  expect(await tell(client)).toEqual([flow.workflowId]);
  expect(await flow.result()).toMatch(/^snow, by (van|bike), for north and express$/);
});

test("a workflow tells instances by tag", async () => {
  const flow = await hire(client);
  await client.newWorkflow(Radio).run("north", "sun");
  expect(await flow.result()).toBe("sun, by bike, for north and express");
});

test("instances are controlled by tag", async () => {
  const flow = await hire(client);
  await dismiss(client);
  await expect(flow.result()).rejects.toMatchObject({ code: "WORKFLOW_CANCELED" });
});

test("of one customId at most one instance runs; once it has ended, a start begins another run", async () => {
  const print = vi.spyOn(console, "log").mockReturnValue();
  const flow = await hireOnce(client);
  expect(print.mock.calls).toEqual([[true]]);
  print.mockRestore();
  expect(await flow.result()).toContain("one");
  const again = await client.newWorkflow(Courier, { customId: "ada@example.com" }).dispatch.run();
  await client.getWorkflowById(Courier, again.workflowId).news.send("two");
  expect(await again.result()).toContain("two");
});
