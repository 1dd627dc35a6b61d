import { expect, test, vi } from "vitest";
import * as example from "../../docs/examples/client.ts";
import { OrderFlow, Payments } from "../../docs/examples/orders/contracts.ts";
import { OrderFlowV1 } from "../../docs/examples/orders/order-flow.ts";
import { InfiniticClient } from "../../lib/client/client.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { systemWithMachineClock, systemWithManualClock } from "./systems.ts";

const setup = {
  workflows: [workflowOf(OrderFlow, OrderFlowV1)],
  services: [serviceOf(Payments, { charge: async (orderId) => `receipt of ${orderId}` })],
};
const quick = await systemWithMachineClock(setup);
const slow = await systemWithManualClock(setup);

test("a client sends its credentials with each request", async () => {
  const fetch = vi.fn<typeof globalThis.fetch>(async () => Response.json({ status: "completed" }));
  vi.stubGlobal("fetch", fetch);
  await example.client.newWorkflow(OrderFlow).dispatch.run({ id: "42", cents: 990 });
  const [url, init] = fetch.mock.calls[0] ?? [];
  expect(url).toBe("https://abc123.execute-api.eu-west-1.amazonaws.com/workflows/OrderFlow");
  expect(init?.headers).toMatchObject({ authorization: "Bearer token" });
  vi.unstubAllGlobals();
});

test("an instance is started, signalled, awaited and looked at", async () => {
  const print = vi.spyOn(console, "log").mockReturnValue();
  const { flow, receipt, status, methods, waitsFor, records, cursor } = await example.start(quick.client);
  expect(print.mock.calls).toEqual([["order-42", flow.methodId]]);
  print.mockRestore();
  expect([receipt, status]).toEqual(["receipt of 42", "waiting for approval"]);
  expect(methods).toMatchObject([{ name: "run", status: "completed" }]);
  expect(waitsFor).toMatchObject({ tasks: [], timers: [] });
  expect(records[0]).toMatchObject({ kind: "instance-started", tags: ["vip"], meta: { tenant: "acme" } });
  expect(cursor).toBeUndefined();
});

test("a start that waits gives the result", async () => {
  const impatient = new InfiniticClient({ url: "http://test", fetch: slow.fetch, clock: slow.parts.clock });
  await expect(slow.until(example.wait(impatient))).rejects.toMatchObject({ name: "WorkflowTimedOutError" });
});

test("an instance is controlled", async () => {
  await quick.client.newWorkflow(OrderFlow, { id: "order-43" }).dispatch.run({ id: "43", cents: 990 });
  await example.control(quick.client, "order-43");
  const { result } = quick.client.getWorkflowById(OrderFlow, "order-43");
  expect(await result().catch((error: Error) => error.name)).toMatch(/not approved|WorkflowCanceledError/);
});

test("a call that goes wrong is told by its code", async () => {
  await quick.client.newWorkflow(OrderFlow, { id: "order-44" }).dispatch.run({ id: "44", cents: 990 });
  await expect.poll(() => example.statusOf(quick.client, "order-44")).toBe("running");
  expect(await example.statusOf(quick.client, "order-45")).toBe("no such order");
  const unreachable = new InfiniticClient({
    url: "http://test",
    fetch: async () => Response.json({}, { status: 404 }),
  });
  expect(await example.statusOf(unreachable, "order-44")).toBe("API_UNAVAILABLE");
});

test("running instances are listed", async () => {
  await quick.client.newWorkflow(OrderFlow, { id: "order-46" }).dispatch.run({ id: "46", cents: 990 });
  await expect.poll(() => example.running(quick.client)).toContain("order-46");
  expect(await example.running(quick.client)).not.toContain("order-42");
});
