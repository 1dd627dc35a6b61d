import { expect, test } from "vitest";
import { Sale, SaleV1, Shipment, ShipmentV1 } from "../../docs/examples/children.ts";
import { workflowOf } from "../../lib/testing/test-system.ts";
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
