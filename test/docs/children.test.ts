import { expect, test } from "vitest";
import { Sale, SaleV1, Shipment, ShipmentV1 } from "../../docs/examples/children.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { systemWithManualClock } from "./systems.ts";

const system = await systemWithManualClock({
  workflows: [workflowOf(Sale, SaleV1), workflowOf(Shipment, ShipmentV1)],
});
const { client } = system;

test("children are called in sequence and in parallel", async () => {
  expect(await system.until(client.newWorkflow(Sale).sequence("a"))).toBe("a sent to the shop");
  const both = ["b sent to the shop", "c sent to the shop"];
  expect(await system.until(client.newWorkflow(Sale).parallel(["b", "c"]))).toEqual(both);
});

test("a child with a known id gets a signal from its parent", async () => {
  expect(await system.until(client.newWorkflow(Sale).addressed("d", "Ada"))).toBe("d sent to Ada");
});

test("a child that nobody waits for outlives its parent", async () => {
  const childId = await system.until(client.newWorkflow(Sale).loose("e"));
  const child = client.getWorkflowById(Shipment, childId);
  expect(await system.until(child.result())).toBe("e sent to the shop");
});

test("a parent that failed because of a child resumes when the child is repaired", async () => {
  let isBroken = true;
  class Fragile extends ShipmentV1 {
    override async run(order: string) {
      if (isBroken) throw new Error("broken");
      return super.run(order);
    }
  }
  const { client, until } = await systemWithManualClock({
    workflows: [workflowOf(Sale, SaleV1), workflowOf(Shipment, Fragile)],
  }).then((system) => ({ client: system.client, until: system.until.bind(system) }));
  const flow = await client.newWorkflow(Sale).dispatch.addressed("f", "Ada");
  await expect(until(flow.result())).rejects.toMatchObject({ cause: { name: "WorkflowFailedError" } });
  isBroken = false;
  await client.getWorkflowById(Shipment, "shipment-f").retry();
  await expect.poll(() => until(flow.result()).catch(() => "failed")).toBe("f sent to Ada");
});
