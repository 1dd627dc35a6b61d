import { expect, test } from "vitest";
import {
  Contract,
  ContractV1,
  ContractV2,
  handler,
  Letters,
  StrictContract,
} from "../../docs/examples/versioning.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { systemWithMachineClock } from "./systems.ts";

const services = [
  serviceOf(Letters, { write: async (to) => `letter to ${to}`, print: async (text) => `printed ${text}` }),
];

test("a new instance takes the highest version, a running one keeps its own", async () => {
  const before = await new TestSystem({
    workflows: [workflowOf(Contract, ContractV1)],
    services,
    parts: { clock: systemClock },
  }).start();
  const old = await before.client.newWorkflow(Contract, { id: "old" }).dispatch.run("Ada");
  await expect
    .poll(() => before.client.getWorkflowById(Contract, "old").describe())
    .toMatchObject({
      waitsFor: { receives: [{ channel: "signed" }] },
    });
  await before.bridge.close();

  const after = await new TestSystem({
    workflows: [workflowOf(Contract, ContractV1, ContractV2)],
    services,
    parts: before.parts,
  }).start();
  const recent = await after.client.newWorkflow(Contract, { id: "recent" }).dispatch.run("Ada");
  for (const id of ["old", "recent"]) await after.client.getWorkflowById(Contract, id).signed.send("Bob");
  expect(await old.result()).toBe("letter to Ada signed by Bob");
  expect(await recent.result()).toBe("printed letter to Ada signed by Bob");
  await after.close();
  expect(handler).toBeTypeOf("function");
});

test("a class chooses how strictly it is checked", async () => {
  const { client } = await systemWithMachineClock({
    workflows: [workflowOf(Contract, StrictContract)],
    services,
  });
  const flow = await client.newWorkflow(Contract, { id: "strict" }).dispatch.run("Ada");
  await client.getWorkflowById(Contract, "strict").signed.send("Bob");
  expect(await flow.result()).toBe("letter to Ada signed by Bob");
});
