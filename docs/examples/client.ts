import { hasCode, InfiniticClient, InfiniticError } from "infinitic-serverless";
import { OrderFlow } from "./orders/contracts.ts";

// #region make
export const client = new InfiniticClient({
  url: "https://abc123.execute-api.eu-west-1.amazonaws.com",
  auth: async () => `Bearer ${await getToken()}`, // sent as the Authorization header of each request
});
// #endregion

async function getToken(): Promise<string> {
  return "token";
}

const order = { id: "42", cents: 990 };

export async function start(client: InfiniticClient) {
  // #region start
  const flow = await client
    .newWorkflow(OrderFlow, { id: "order-42", tags: ["vip"], meta: { tenant: "acme" } })
    .dispatch.run(order); // resolves as soon as the start is on its way
  console.log(flow.workflowId, flow.methodId);
  // #endregion
  // #region instance
  const instance = client.getWorkflowById(OrderFlow, "order-42");
  await instance.approved.send(true); // a signal
  const receipt = await instance.result({ timeout: "1m" }); // waits for the method that the start ran
  const status = await instance.query.status();
  const { methods, waitsFor } = await instance.describe(); // how it stands, and what it waits for
  const { records, cursor } = await instance.history({ limit: 100 }); // oldest first
  // #endregion
  return { flow, receipt, status, methods, waitsFor, records, cursor };
}

export async function wait(client: InfiniticClient) {
  // #region wait
  const receipt = await client.newWorkflow(OrderFlow, { timeout: "1m" }).run(order); // starts and waits
  // #endregion
  return receipt;
}

export async function control(client: InfiniticClient, id: string) {
  const instance = client.getWorkflowById(OrderFlow, id);
  // #region control
  await instance.completeTimers(); // fires pending timers
  await instance.retryTasks({ status: "failed" }); // runs failed tasks again
  await instance.retry(); // runs failed methods again from their history, after their code was repaired
  await instance.cancel(); // ends the instance and its children
  // #endregion
}

export async function statusOf(client: InfiniticClient, id: string) {
  // #region code
  try {
    const { status } = await client.getWorkflowById(OrderFlow, id).describe();
    return status;
  } catch (error) {
    if (hasCode(error, "WORKFLOW_UNKNOWN")) return "no such order";
    if (error instanceof InfiniticError) return error.code;
    throw error;
  }
  // #endregion
}

export async function running(client: InfiniticClient) {
  // #region list
  const ids: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await client.listWorkflows({
      workflow: OrderFlow,
      status: "running",
      from: new Date("2026-01-01"),
      ...(cursor !== undefined && { cursor }),
    });
    ids.push(...page.instances.map(({ workflowId }) => workflowId));
    if (page.cursor === undefined) break;
    cursor = page.cursor;
  }
  // #endregion
  return ids;
}
