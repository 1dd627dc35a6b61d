import { expect, test } from "vitest";
import {
  handler,
  Nightly,
  NightlyV1,
  ReportBuilder,
  Reports,
  waiting,
} from "../../docs/examples/timeouts.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { systemWithManualClock } from "./systems.ts";

const rows: number[] = [];
const system = await systemWithManualClock({
  workflows: [workflowOf(Nightly, NightlyV1)],
  services: [
    serviceOf(
      Reports,
      new ReportBuilder(async (row) => {
        rows.push(row);
        await system.parts.clock.sleep(5_000);
      }),
      { timeout: "20s", retry: noRetry },
    ),
  ],
});
const { client } = system;

test("an attempt heeds its signal", async () => {
  expect(await system.until(client.newWorkflow(Nightly).run(2))).toBe("2 rows");
  rows.length = 0;
  await expect(system.until(client.newWorkflow(Nightly).run(10))).rejects.toMatchObject({
    cause: { name: "TaskFailedError", cause: { name: "AttemptTimedOutError" } },
  });
  expect(rows).toEqual([0, 1, 2, 3]);
  expect(handler).toBeTypeOf("function");
});

test("an overall timeout is thrown in the workflow", async () => {
  const clock = new ManualClock();
  const stuck = await systemWithManualClock({
    workflows: [workflowOf(Nightly, NightlyV1)],
    services: [serviceOf(Reports, { build: async () => clock.sleep(1).then(() => "never") })],
  });
  expect(await stuck.until(stuck.client.newWorkflow(Nightly).run(1))).toBe("no report tonight");
});

test("a child that takes too long goes on without its parent", async () => {
  expect(await system.until(client.newWorkflow(Nightly).child(2 * 3_600_000))).toBe("it goes on without us");
  expect(await system.until(client.newWorkflow(Nightly).child(1_000))).toBe("rested");
});

test("an inline task has a timeout of its own", async () => {
  expect(await system.until(client.newWorkflow(Nightly).glance())).toBe("number");
});

test("a client's wait is over before the instance is; it waits again", async () => {
  const { error, later } = await system.until(waiting(client));
  expect(error).toMatchObject({ name: "WorkflowTimedOutError", workflowId: "nightly-1" });
  expect(later).toBe("rested");
});
