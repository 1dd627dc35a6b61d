import { expect, test } from "vitest";
import {
  Approval,
  ApprovalV1,
  answering,
  Desk,
  DeskV1,
  Doorbell,
  DoorbellV1,
} from "../../docs/examples/channels.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { systemWithMachineClock, systemWithManualClock } from "./systems.ts";

const workflows = [
  workflowOf(Approval, ApprovalV1),
  workflowOf(Desk, DeskV1),
  workflowOf(Doorbell, DoorbellV1),
];
const quick = await systemWithMachineClock({ workflows });
const slow = await systemWithManualClock({ workflows });

test("a client sends a signal, and the receive wins the race with the timer", async () => {
  expect(await answering(quick.client)).toBe("approved by Ada");
});

test("without a signal the timer wins", async () => {
  expect(await slow.until(slow.client.newWorkflow(Approval).run())).toBe("no answer within two hours");
});

test("a loop over a receive ends at its limit", async () => {
  const flow = await quick.client.newWorkflow(Approval, { id: "votes" }).dispatch.votes(2);
  const { answers } = quick.client.getWorkflowById(Approval, "votes");
  await answers.send({ kind: "yes", by: "Ada" });
  await answers.send({ kind: "no", reason: "late" });
  expect(await flow.result()).toEqual(["yes", "no"]);
});

test("a filter skips what does not fit", async () => {
  const flow = await quick.client.newWorkflow(Approval, { id: "first" }).dispatch.first();
  const { answers } = quick.client.getWorkflowById(Approval, "first");
  await answers.send({ kind: "no", reason: "late" });
  await answers.send({ kind: "yes", by: "Ada" });
  expect(await flow.result()).toBe("Ada");
});

test("a workflow sends a signal to another", async () => {
  const flow = await quick.client.newWorkflow(Approval, { id: "approval-2" }).dispatch.run();
  await quick.client.newWorkflow(Desk).run("approval-2");
  expect(await flow.result()).toBe("refused: too expensive");
});

test("a channel that discards drops what nobody receives", async () => {
  const flow = await slow.client.newWorkflow(Doorbell, { id: "door" }).dispatch.run();
  const { rings } = slow.client.getWorkflowById(Doorbell, "door");
  await rings.send("postman");
  await slow.until(slow.parts.clock.sleep(2 * 3_600_000));
  await rings.send("neighbour");
  expect(await slow.until(flow.result())).toBe("neighbour");
});
