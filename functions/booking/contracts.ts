import { type Channel, defineService, defineWorkflow, type Query } from "../../lib/index.ts";

/** A trip to book. `flight: "flaky"` fails twice, `hotel: "sold-out"` fails for good. */
export interface Trip {
  readonly flight: string;
  readonly hotel: string;
  readonly nights: number;
  readonly cents: number;
  /** Wait for a person's word before anything is charged. */
  readonly approval?: boolean;
}

/** What became of a trip. */
export type Booked =
  | { readonly status: "booked"; readonly flight: string; readonly hotel: string; readonly payment: string }
  | { readonly status: "not booked"; readonly reason: string; readonly undone: readonly string[] };

export interface Flights {
  reserve(flight: string): Promise<string>;
  /** Asks a person to reserve it by phone, who completes the task with the confirmation. */
  reserveByPhone(flight: string): Promise<string>;
  cancel(confirmation: string): Promise<void>;
}
export const Flights = defineService<Flights>("Flights");

export interface Hotels {
  reserve(hotel: string, nights: number): Promise<string>;
  cancel(confirmation: string): Promise<void>;
}
export const Hotels = defineService<Hotels>("Hotels");

export interface Payments {
  charge(cents: number): Promise<string>;
  refund(payment: string): Promise<void>;
}
export const Payments = defineService<Payments>("Payments");

export interface Booking {
  book(trip: Trip): Promise<Booked>;
  /** A person's word on a trip that asked for approval. */
  approval: Channel<boolean>;
  /** The steps done so far. */
  progress: Query<() => readonly string[]>;
}
export const Booking = defineWorkflow<Booking>("Booking");
