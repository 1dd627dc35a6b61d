import {
  type ClientInterceptor,
  defineService,
  defineWorkflow,
  newService,
  type TaskInterceptor,
  taskContext,
  Workflow,
  type WorkflowInterceptor,
  workflowContext,
  workflowFunction,
} from "infinitic-serverless";
import { serviceOf, TestSystem, workflowOf } from "infinitic-serverless/testing";
import { afterEach, expect, test, vi } from "vitest";

interface Invoices {
  issue(cents: number): Promise<string>;
}
const Invoices = defineService<Invoices>("Invoices");

interface Billing {
  run(cents: number): Promise<string>;
}
const Billing = defineWorkflow<Billing>("Billing");

// #region workflow
class BillingV1 extends Workflow implements Billing {
  private readonly invoices = newService(Invoices);

  async run(cents: number) {
    const { headers } = workflowContext();
    return `${headers["tenant"]}: ${await this.invoices.issue(cents)}`;
  }
}
// #endregion

// #region task
const invoices: Invoices = {
  issue: async (cents) => {
    const { headers } = taskContext();
    return `${cents} cents for ${headers["tenant"]} by ${headers["by"]}`;
  },
};
// #endregion

// #region client
const tenants: ClientInterceptor = (call, next) => {
  call.headers["tenant"] = "acme";
  return next();
};
// #endregion

// #region outbound
const signed: WorkflowInterceptor = {
  outbound: (call) => {
    call.headers["by"] = workflowContext().workflow;
  },
};
// #endregion

// #region timing
const timed: TaskInterceptor = async ({ service, method }, next) => {
  const startedAt = performance.now();
  try {
    await next();
  } finally {
    console.log(JSON.stringify({ service, method, ms: performance.now() - startedAt }));
  }
};
// #endregion

afterEach(() => vi.restoreAllMocks());

test("a header that the client writes reaches the task, and one that the workflow writes, too", async () => {
  vi.spyOn(console, "log").mockReturnValue();
  // #region test
  const system = await new TestSystem({
    workflows: [workflowOf(Billing, [BillingV1], { interceptors: [signed] })],
    services: [serviceOf(Invoices, invoices, { interceptors: [timed] })],
    interceptors: [tenants],
  }).start();
  const bill = system.client.newWorkflow(Billing).run(500);
  expect(await system.until(bill)).toBe("acme: 500 cents for acme by Billing");
  // #endregion
  await system.close();
});

test("an interceptor times each task", async () => {
  const log = vi.spyOn(console, "log").mockReturnValue();
  const system = await new TestSystem({
    workflows: [workflowOf(Billing, BillingV1)],
    services: [serviceOf(Invoices, invoices, { interceptors: [timed] })],
  }).start();
  await system.until(system.client.newWorkflow(Billing).run(500));
  expect(log.mock.calls.map(([line]) => JSON.parse(String(line)))).toEqual([
    { service: "Invoices", method: "issue", ms: expect.any(Number) },
  ]);
  await system.close();
});

test("a workflow's function takes its classes in a list, and options", () => {
  vi.stubEnv("INFINITIC_TABLE", "billing");
  // #region function
  const handler = workflowFunction(Billing, [BillingV1], {
    interceptors: [signed],
    retention: { ended: "7d", failed: "30d" },
  });
  // #endregion
  expect(handler).toBeTypeOf("function");
  vi.unstubAllEnvs();
});
