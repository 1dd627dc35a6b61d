import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import type { Query } from "../../lib/runtime/query.ts";

export interface Receipt {
  readonly id: string;
  readonly cents: number;
}

export interface Payments {
  charge(orderId: string, cents: number): Promise<Receipt>;
  refund(receipt: Receipt, reason?: string): Promise<void>;
  log(entry: unknown): Promise<void>;
}
export const Payments = defineService<Payments>("Payments");

export type Word = { readonly kind: "yes"; readonly by: string } | { readonly kind: "no" };

export interface OrderFlow {
  run(orderId: string): Promise<Receipt>;
  hurry(): Promise<void>;
  words: Channel<Word>;
  phase: Query<(prefix: string) => string>;
}
export const OrderFlow = defineWorkflow<OrderFlow>("OrderFlow");
