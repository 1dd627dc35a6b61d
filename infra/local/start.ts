/**
 * Runs the sample on this machine until Ctrl-C, and books a trip: `npm start`, or `npm run start:pulsar` for a real
 * Pulsar and DynamoDB Local. `--exit` ends after the booking, with 0 if it was booked; more in run-local.ts.
 */
import { firstBooking } from "./first-booking.ts";
import { runLocal } from "./run-local.ts";

await runLocal(
  "npm start --",
  async ({ url, print }) => {
    const isBooked = await firstBooking(url, print);
    return isBooked ? { exitCode: 0, why: "booked" } : { exitCode: 1, why: "not booked" };
  },
  (url) => `Try it:
  curl -s ${url}/workflows/Booking -H 'Content-Type: application/json' -H 'Prefer: wait=20' \\
    -d '{ "id": "trip-1", "args": [{ "flight": "AF1", "hotel": "Ritz", "nights": 2, "cents": 50000 }] }'
  curl -s ${url}/workflows/Booking/trip-1/history
More in docs/local.md. Ctrl-C ends it.`,
);
