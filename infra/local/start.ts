/**
 * Runs the service of `serverless.yml` on this machine until Ctrl-C: `npm start`, or `npm run start:pulsar` for a
 * real Pulsar and DynamoDB Local.
 *
 * `--port N`: the API's port, 3000 unless given. `--exit`: end after the first booking, with 0 if it was booked.
 * `--no-bridge`: start everything but the bridge, book nothing, and print the configuration for a bridge.
 */
import { parseArgs } from "node:util";
import { firstBooking } from "./first-booking.ts";
import { LocalSystem } from "./local-system.ts";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "3000" },
    pulsar: { type: "boolean", default: false },
    exit: { type: "boolean", default: false },
    "no-bridge": { type: "boolean", default: false },
  },
});
const port = Number(options.port);
if (!(Number.isInteger(port) && port > 0 && port < 65_536)) {
  console.error(`Expected a port from 1 to 65535, got ${options.port}`);
  process.exit(2);
}
const hasBridge = !options["no-bridge"];
const print = (line: string): void => console.log(line);

const interrupted = Promise.withResolvers<void>();
// On and not once: a terminal's Ctrl-C comes twice, from the terminal and from npm.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupted.resolve());

const system = new LocalSystem({ port, isReal: options.pulsar, hasBridge, print });

/** How it ends: with which exit code, and why. */
interface End {
  readonly exitCode: number;
  readonly why: string;
}

async function run(): Promise<End> {
  const { url, backing, bridgeConfig } = await system.start();
  print(`Ready: ${url} on ${backing}`);
  if (!hasBridge)
    print(`No bridge. To start one: BRIDGE_CONFIG='${bridgeConfig}' node infra/bridge/bridge.ts`);
  const isBooked = hasBridge && (await firstBooking(url, print));
  if (options.exit) return { exitCode: isBooked ? 0 : 1, why: isBooked ? "booked" : "not booked" };
  print(howTo(url));
  return new Promise<never>(() => undefined);
}

function howTo(url: string): string {
  return `Try it:
  curl -s ${url}/workflows/Booking -H 'Content-Type: application/json' -H 'Prefer: wait=20' \\
    -d '{ "id": "trip-1", "args": [{ "flight": "AF1", "hotel": "Ritz", "nights": 2, "cents": 50000 }] }'
  curl -s ${url}/workflows/Booking/trip-1/history
More in docs/local.md. Ctrl-C ends it.`;
}

const { exitCode, why } = await Promise.race<End>([
  interrupted.promise.then(() => ({ exitCode: 0, why: "interrupted" })),
  system.failed.then((what) => ({ exitCode: 1, why: what })),
  run().catch((error: unknown) => ({ exitCode: 1, why: String(error) })),
]);
print(`Stopping: ${why}`);
await system.stop();
print("Stopped.");
process.exit(exitCode);
