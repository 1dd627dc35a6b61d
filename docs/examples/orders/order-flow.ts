import { channel, newService, query, timer, Workflow, workflowFunction } from "infinitic-serverless";
import { OrderFlow, Payments } from "./contracts.ts";

export class OrderFlowV1 extends Workflow implements OrderFlow {
  readonly approved = channel<boolean>();
  readonly status = query(() => this.phase);
  private readonly payments = newService(Payments, { timeout: "1h" });
  private phase = "charging";

  async run(order: { id: string; cents: number }) {
    const receipt = await this.payments.charge(order.id, order.cents); // a task
    this.phase = "waiting for approval";
    const answer = await Promise.race([this.approved.receive(), timer("8h")]); // a signal, or time
    return answer === true ? receipt : "not approved";
  }
}

export const handler = workflowFunction(OrderFlow, OrderFlowV1);
