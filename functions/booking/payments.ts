import { NonRetryableError, serviceFunction, taskContext } from "../../lib/index.ts";
import { confirmation } from "./confirmation.ts";
import { Payments } from "./contracts.ts";

/** Charges no card; an amount that is no positive number of cents fails for good. */
export class PaymentDesk implements Payments {
  async charge(cents: number): Promise<string> {
    if (!(Number.isSafeInteger(cents) && cents > 0))
      throw new NonRetryableError(`cannot charge ${cents} cents`);
    return confirmation("PA", taskContext().taskId);
  }

  async refund(_payment: string): Promise<void> {}
}

export const handler = serviceFunction(Payments, new PaymentDesk());
