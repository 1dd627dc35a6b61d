import type { HistoryView } from "../../lib/core/model/view.ts";
import { historyLines } from "./history-lines.ts";

const TRIP = { flight: "AF1", hotel: "Ritz", nights: 2, cents: 50_000 };
const ID = "first-trip";

/** Books a trip through the API and prints the steps that it took; tells whether it was booked. */
export async function firstBooking(url: string, print: (line: string) => void): Promise<boolean> {
  print(`One booking, ${ID}, through the API:`);
  const started = await fetch(`${url}/workflows/Booking`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Prefer: "wait=20" },
    body: JSON.stringify({ id: ID, args: [TRIP] }),
  });
  const answer = await started.text();
  const history = await fetch(`${url}/workflows/Booking/${ID}/history`);
  if (history.ok) {
    const { records } = (await history.json()) as HistoryView;
    for (const line of historyLines(records)) print(line);
  }
  print(`Answer ${started.status}: ${answer}`);
  return started.status === 200 && answer.includes('"status":"booked"');
}
