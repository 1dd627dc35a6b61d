import { NonRetryableError, serviceFunction, taskContext } from "../../lib/index.ts";
import { confirmation } from "./confirmation.ts";
import { Hotels } from "./contracts.ts";

/** Reserves rooms nowhere; `"sold-out"` fails for good. */
export class HotelDesk implements Hotels {
  async reserve(hotel: string, nights: number): Promise<string> {
    if (hotel === "sold-out") throw new NonRetryableError(`no room for ${nights} nights: sold out`);
    return confirmation("HO", taskContext().taskId);
  }

  async cancel(_confirmation: string): Promise<void> {}
}

export const handler = serviceFunction(Hotels, new HotelDesk());
