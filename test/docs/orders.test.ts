import { expect, test, vi } from "vitest";
import { OrderFlow, Payments } from "../../docs/examples/orders/contracts.ts";
import { OrderFlowV1, handler as orderFlow } from "../../docs/examples/orders/order-flow.ts";
import { CardPayments, handler as payments } from "../../docs/examples/orders/payments.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { systemWithMachineClock } from "./systems.ts";

const system = await systemWithMachineClock({
  workflows: [workflowOf(OrderFlow, OrderFlowV1)],
  services: [serviceOf(Payments, new CardPayments())],
});

test("the first example: an order is charged, approved, and gives its receipt", async () => {
  vi.stubGlobal("fetch", system.fetch);
  const print = vi.spyOn(console, "log").mockReturnValue();
  await import("../../docs/examples/orders/client.ts");
  expect(print.mock.calls).toEqual([["receipt of 42: 990"]]);
  print.mockRestore();
  vi.unstubAllGlobals();
});

test("the first example's functions are handlers of Lambda", async () => {
  expect(await payments({ method: "charge", args: ["42", 990] })).toBe("receipt of 42: 990");
  expect(orderFlow).toBeTypeOf("function");
});
