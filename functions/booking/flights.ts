import { fixedDelay, serviceFunction, taskContext } from "../../lib/index.ts";
import { confirmation } from "./confirmation.ts";
import { Flights } from "./contracts.ts";

/** Reserves flights nowhere; `"flaky"` fails on its first two attempts. */
export class FlightDesk implements Flights {
  async reserve(flight: string): Promise<string> {
    if (flight === "flaky" && taskContext().attempt < 2) throw new Error("the airline did not answer");
    return confirmation("FL", taskContext().taskId);
  }

  async reserveByPhone(flight: string): Promise<string> {
    console.log(`Please reserve ${flight}, and complete ${taskContext().taskId}`);
    return ""; // the task has the result that the person gives
  }

  async cancel(_confirmation: string): Promise<void> {}
}

export const handler = serviceFunction(Flights, new FlightDesk(), {
  retry: fixedDelay("200ms", { maxRetries: 5 }),
  delegated: { reserveByPhone: true },
});
