import { expect, test } from "vitest";
import { Bank, Donation, DonationV1 } from "../../docs/examples/schemas.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { systemWithMachineClock } from "./systems.ts";

const { client } = await systemWithMachineClock({
  workflows: [workflowOf(Donation, DonationV1)],
  services: [serviceOf(Bank, { charge: async (card, cents) => `${card.owner}: ${cents}` })],
});

test("what fits a schema goes through, and a signal that does not is dropped", async () => {
  const card = { number: "4000123412341234", owner: "Ada" };
  const flow = await client.newWorkflow(Donation, { id: "donation" }).dispatch.run(card);
  const { amount } = client.getWorkflowById(Donation, "donation");
  await amount.send(5).catch(() => undefined); // too little
  await amount.send(500);
  expect(await flow.result()).toBe("Ada: 500");
});

test("arguments that do not fit fail the call", async () => {
  const outcome = client.newWorkflow(Donation).run({ number: "4000", owner: "Ada" });
  const error = await outcome.catch((thrown: Error) => thrown);
  expect(JSON.stringify([error, (error as Error).cause])).toContain("SCHEMA_MISMATCH");
});
