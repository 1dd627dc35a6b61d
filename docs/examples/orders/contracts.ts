import { type Channel, defineService, defineWorkflow, type Query } from "infinitic-serverless";

export interface Payments {
  charge(orderId: string, cents: number): Promise<string>;
}
export const Payments = defineService<Payments>("Payments");

export interface OrderFlow {
  run(order: { id: string; cents: number }): Promise<string>;
  approved: Channel<boolean>;
  status: Query<() => string>;
}
export const OrderFlow = defineWorkflow<OrderFlow>("OrderFlow");
