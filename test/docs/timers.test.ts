import { expect, test } from "vitest";
import { impatient, Mail, Trial, TrialV1 } from "../../docs/examples/timers.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { systemWithManualClock } from "./systems.ts";

const mails: string[] = [];
const system = await systemWithManualClock({
  workflows: [workflowOf(Trial, TrialV1)],
  services: [serviceOf(Mail, { send: async (to, text) => void mails.push(`${to}: ${text}`) })],
});
const { client, parts } = system;

test("a timer runs for a duration, or to an instant, which it gives", async () => {
  const end = new Date(parts.clock.now() + 2 * 3_600_000).toISOString();
  expect(await system.until(client.newWorkflow(Trial).run("ada", end))).toBe(`ended at ${end}`);
  expect(mails).toEqual(["ada: one hour is over"]);
});

test("a receive raced with a timer in a loop", async () => {
  const flow = await client.newWorkflow(Trial, { id: "loop" }).dispatch.remind("bob", 5);
  await system.until(parts.clock.sleep(2.5 * 3_600_000));
  await client.getWorkflowById(Trial, "loop").paid.send(true);
  expect(await system.until(flow.result())).toBe("paid after 2 reminders");
  expect(await system.until(client.newWorkflow(Trial).remind("eve", 2))).toBe("never paid");
});

test("pending timers are fired by hand", async () => {
  const before = parts.clock.now();
  await impatient(client);
  await system.until(client.getWorkflowById(Trial, "trial-1").result());
  expect(parts.clock.now() - before).toBeLessThan(3_600_000);
});
