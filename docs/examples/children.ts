import {
  type Channel,
  channel,
  defineWorkflow,
  getWorkflowById,
  newWorkflow,
  timer,
  Workflow,
} from "infinitic-serverless";

export interface Shipment {
  run(order: string): Promise<string>;
  address: Channel<string>;
}
export const Shipment = defineWorkflow<Shipment>("Shipment");

export class ShipmentV1 extends Workflow implements Shipment {
  readonly address = channel<string>();

  async run(order: string) {
    const address = await Promise.race([this.address.receive(), timer("1h")]);
    return `${order} sent to ${address instanceof Date ? "the shop" : address}`;
  }
}

export interface Sale {
  sequence(order: string): Promise<string>;
  parallel(orders: readonly string[]): Promise<readonly string[]>;
  addressed(order: string, address: string): Promise<string>;
  loose(order: string): Promise<string>;
}
export const Sale = defineWorkflow<Sale>("Sale");

export class SaleV1 extends Workflow implements Sale {
  // #region calls
  private readonly shipments = newWorkflow(Shipment);

  async sequence(order: string) {
    return this.shipments.run(order); // starts a child and waits for its result
  }

  async parallel(orders: readonly string[]) {
    return Promise.all(orders.map((order) => this.shipments.run(order))); // one child each
  }
  // #endregion

  // #region id
  async addressed(order: string, address: string) {
    const workflowId = `shipment-${order}`;
    const shipment = newWorkflow(Shipment, { id: workflowId, timeout: "2d" }).run(order);
    getWorkflowById(Shipment, workflowId).address.send(address);
    return shipment;
  }
  // #endregion

  // #region loose
  async loose(order: string) {
    const shipment = this.shipments.run(order); // nobody waits for it: it outlives this method
    return shipment.id; // its workflow id
  }
  // #endregion
}
