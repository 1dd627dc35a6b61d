import { noRetry } from "infinitic-serverless";
import { serviceOf, TestSystem, workflowOf } from "infinitic-serverless/testing";
import { expect, test } from "vitest";
import { OrderFlow, Payments } from "./orders/contracts.ts";
import { OrderFlowV1 } from "./orders/order-flow.ts";

// #region setup
const setup = {
  workflows: [workflowOf(OrderFlow, OrderFlowV1)],
  services: [serviceOf(Payments, { charge: async () => "paid" }, { retry: noRetry })],
};
// #endregion

// #region tests
test("an order is paid once it is approved", async () => {
  const system = await new TestSystem(setup).start();
  const flow = await system.client
    .newWorkflow(OrderFlow, { id: "42" })
    .dispatch.run({ id: "42", cents: 990 });
  await system.client.getWorkflowById(OrderFlow, "42").approved.send(true);
  expect(await system.until(flow.result())).toBe("paid");
  await system.close();
});

test("an order that nobody approves ends after eight hours", async () => {
  const system = await new TestSystem(setup).start();
  const before = system.parts.clock.now();
  const result = system.client.newWorkflow(OrderFlow).run({ id: "43", cents: 990 });
  expect(await system.until(result)).toBe("not approved"); // nobody waits: the clock is pushed
  expect(system.parts.clock.now() - before).toBeGreaterThanOrEqual(8 * 3_600_000);
  await system.close();
});

test("an order waits for its approval", async () => {
  const system = await new TestSystem(setup).start();
  await system.client.newWorkflow(OrderFlow, { id: "44" }).dispatch.run({ id: "44", cents: 990 });
  await system.until(system.parts.clock.sleep(60_000)); // lets a minute pass
  expect(await system.client.getWorkflowById(OrderFlow, "44").query.status()).toBe("waiting for approval");
  await system.close();
});
// #endregion

// #region replay
test.each(["as-needed", "always"] as const)("an order is paid, replayed %s", async (replay) => {
  const system = await new TestSystem({ ...setup, replay }).start();
  const flow = system.client.newWorkflow(OrderFlow, { id: "45" });
  const result = flow.run({ id: "45", cents: 990 });
  await system.client.getWorkflowById(OrderFlow, "45").approved.send(true);
  expect(await system.until(result)).toBe("paid");
  await system.close();
});
// #endregion
