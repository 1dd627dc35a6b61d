import { BookingV1 } from "../../functions/booking/booking.ts";
import { Booking, Flights, Hotels, Payments, type Trip } from "../../functions/booking/contracts.ts";
import { FlightDesk } from "../../functions/booking/flights.ts";
import { HotelDesk } from "../../functions/booking/hotels.ts";
import { PaymentDesk } from "../../functions/booking/payments.ts";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { memoryStores } from "../../lib/adapters/memory/stores.ts";
import { fixedDelay } from "../../lib/core/values/retry.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { type TestWorkflow, workflowOf } from "../../lib/testing/test-workflow.ts";
import { Ledger } from "../integration/ledger.ts";
import { Inn, inn, Journey, JourneyV1 } from "./journey.ts";

export const WORKFLOWS: readonly TestWorkflow[] = [
  workflowOf(Booking, BookingV1),
  workflowOf(Journey, JourneyV1),
];

type Story = (system: TestSystem) => Promise<unknown>;

const TRIP: Trip = { flight: "LH 1", hotel: "Astoria", nights: 2, cents: 9_900 };

const book =
  (trip: Partial<Trip>): Story =>
  async (system) =>
    system.until(system.client.newWorkflow(Booking, { id: "trip" }).book({ ...TRIP, ...trip }));

/** What is recorded: the sample, and one story for each kind of record in history. */
export const STORIES: { readonly [name: string]: Story } = {
  "booking-booked": book({ flight: "flaky" }),
  "booking-sold-out": book({ hotel: "sold-out" }),
  "booking-approved": async (system) => {
    const { client } = system;
    const trip = await client.newWorkflow(Booking, { id: "trip" }).dispatch.book({ ...TRIP, approval: true });
    await client.getWorkflowById(Booking, "trip").approval.send(true);
    await system.until(trip.result());
  },
  "booking-not-approved": book({ approval: true }),
  tasks: async (system) => system.until(system.client.newWorkflow(Journey, { id: "one" }).tasks()),
  signals: async (system) => {
    const { client } = system;
    await client.getWorkflowById(Journey, "one").letters.send("early");
    await system.until(system.parts.clock.sleep(1_000)); // it is kept before the start comes
    await system.until(client.newWorkflow(Journey, { id: "one" }).signals());
  },
  children: async (system) => {
    const { client } = system;
    const friend = await client
      .newWorkflow(Journey, { id: "friend", tags: ["pen-friend"] })
      .dispatch.signals();
    await system.until(client.newWorkflow(Journey, { id: "one" }).children());
    await system.until(friend.result());
  },
  stuck: async (system) => {
    const { client } = system;
    const stuck = client.newWorkflow(Journey, { id: "one" });
    await system.until(stuck.stuck().catch(() => undefined));
    await system.until(client.newService(Inn).open());
    const again = client.getWorkflowById(Journey, "one");
    await again.retryTasks();
    // Until the retry is applied, the result is the failure that it takes back.
    const hasCompleted = () =>
      system.until(again.result()).then(
        () => true,
        () => false,
      );
    while (!(await hasCompleted()));
  },
  branches: async (system) => system.until(system.client.newWorkflow(Journey, { id: "one" }).branches()),
  inlines: async (system) => system.until(system.client.newWorkflow(Journey, { id: "one" }).inlines()),
  chunks: async (system) => system.until(system.client.newWorkflow(Journey, { id: "one" }).days(300)),
  canceled: async (system) => {
    const { client } = system;
    const rest = await client.newWorkflow(Journey, { id: "one" }).dispatch.rest("30d");
    await client.getWorkflowById(Journey, "one").cancel();
    await system.until(rest.result().catch(() => undefined));
  },
  "timers-completed": async (system) => {
    const { client } = system;
    const rest = await client.newWorkflow(Journey, { id: "one" }).dispatch.rest("30d");
    await client.getWorkflowById(Journey, "one").completeTimers();
    await system.until(rest.result());
  },
};

/** Plays a story, and gives everything that was committed and published on the way. */
export async function playStory(name: string): Promise<{ ledger: Ledger; system: TestSystem }> {
  const clock = new ManualClock();
  const ledger = new Ledger();
  const stores = memoryStores({ clock });
  const system = new TestSystem({
    workflows: WORKFLOWS,
    services: [
      serviceOf(Flights, new FlightDesk(), { retry: fixedDelay("200ms", { maxRetries: 5 }) }),
      serviceOf(Hotels, new HotelDesk()),
      serviceOf(Payments, new PaymentDesk()),
      inn(),
    ],
    parts: {
      ...stores,
      clock,
      broker: ledger.observeBroker(new MemoryBroker({ clock })),
      stateStore: ledger.observeStateStore(stores.stateStore),
      dueStore: ledger.observeDueStore(stores.dueStore),
    },
  });
  await system.start();
  await STORIES[name]?.(system);
  await system.close();
  return { ledger, system };
}
