import {
  type Channel,
  channel,
  defineWorkflow,
  getWorkflowByTag,
  type InfiniticClient,
  Workflow,
  workflowContext,
} from "infinitic-serverless";

export interface Courier {
  run(): Promise<string>;
  ride(vehicle: string): Promise<void>;
  news: Channel<string>;
}
export const Courier = defineWorkflow<Courier>("Courier");

export class CourierV1 extends Workflow implements Courier {
  readonly news = channel<string>();
  private vehicle = "bike";

  async run() {
    const news = await this.news.receive();
    return `${news}, by ${this.vehicle}, for ${workflowContext().tags.join(" and ")}`;
  }

  async ride(vehicle: string) {
    this.vehicle = vehicle;
  }
}

export async function hire(client: InfiniticClient) {
  // #region start
  const flow = await client.newWorkflow(Courier, { tags: ["north", "express"] }).dispatch.run();
  // #endregion
  return flow;
}

export async function tell(client: InfiniticClient) {
  // #region client
  const couriers = client.getWorkflowByTag(Courier, "north");
  const ids = await couriers.ids(); // of those that have not ended
  await couriers.ride("van"); // runs a method on each; there is no result to wait for
  await couriers.news.send("snow"); // sends each a signal
  // #endregion
  return ids;
}

export async function dismiss(client: InfiniticClient) {
  const couriers = client.getWorkflowByTag(Courier, "north");
  // #region control
  await couriers.completeTimers();
  await couriers.retryTasks({ status: "failed" });
  await couriers.retry();
  await couriers.cancel();
  // #endregion
}

export interface Radio {
  run(region: string, text: string): Promise<void>;
}
export const Radio = defineWorkflow<Radio>("Radio");

export class RadioV1 extends Workflow implements Radio {
  // #region from-workflow
  async run(region: string, text: string) {
    getWorkflowByTag(Courier, region).news.send(text);
  }
  // #endregion
}

export async function hireOnce(client: InfiniticClient) {
  // #region custom
  const first = await client.newWorkflow(Courier, { customId: "ada@example.com" }).dispatch.run();
  const second = await client.newWorkflow(Courier, { customId: "ada@example.com" }).dispatch.run();
  console.log(first.workflowId === second.workflowId); // true: one instance runs
  await client.getWorkflowByCustomId(Courier, "ada@example.com").news.send("one");
  // #endregion
  return second;
}
