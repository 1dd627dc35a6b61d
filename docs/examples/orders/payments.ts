import { exponentialBackoff, serviceFunction } from "infinitic-serverless";
import { Payments } from "./contracts.ts";

export class CardPayments implements Payments {
  async charge(orderId: string, cents: number) {
    return `receipt of ${orderId}: ${cents}`;
  }
}

export const handler = serviceFunction(Payments, new CardPayments(), {
  retry: exponentialBackoff({ maxRetries: 5 }),
  timeout: "20s",
});
