import { channel, newService, query, timer, Workflow, workflowFunction } from "../../lib/index.ts";
import { type Booked, Booking, Flights, Hotels, Payments, type Trip } from "./contracts.ts";

/** Reserves flight and hotel and charges the card; when a step fails, undoes the steps before it, last first. */
export class BookingV1 extends Workflow implements Booking {
  readonly approval = channel<boolean>();
  readonly progress = query(() => this.done);

  private readonly flights = newService(Flights);
  private readonly hotels = newService(Hotels);
  private readonly payments = newService(Payments);
  private done: readonly string[] = [];

  async book(trip: Trip): Promise<Booked> {
    const undo: { readonly name: string; readonly run: () => PromiseLike<void> }[] = [];
    try {
      const flight = await this.flights.reserve(trip.flight);
      undo.push({ name: "flight", run: () => this.flights.cancel(flight) });
      this.note("flight reserved");

      const hotel = await this.hotels.reserve(trip.hotel, trip.nights);
      undo.push({ name: "hotel", run: () => this.hotels.cancel(hotel) });
      this.note("hotel reserved");

      if (trip.approval) await this.approved();

      const payment = await this.payments.charge(trip.cents);
      this.note("payment charged");
      return { status: "booked", flight, hotel, payment };
    } catch (error) {
      const undone: string[] = [];
      for (const step of undo.reverse()) {
        await step.run();
        undone.push(step.name);
        this.note(`${step.name} undone`);
      }
      return { status: "not booked", reason: reasonOf(error), undone };
    }
  }

  private async approved(): Promise<void> {
    this.note("waiting for approval");
    const word = await Promise.race([this.approval.receive(), timer("1h")]);
    if (word !== true) throw new Error(word === false ? "not approved" : "no approval within one hour");
    this.note("approved");
  }

  private note(step: string): void {
    this.done = [...this.done, step];
  }
}

/** The innermost cause: what the service itself said. */
function reasonOf(error: unknown): string {
  let inner = error as Error;
  while (inner.cause instanceof Error) inner = inner.cause;
  return inner.message;
}

export const handler = workflowFunction(Booking, BookingV1);
