import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { BookingV1 } from "../../functions/booking/booking.ts";
import { Booking, Flights, Hotels, Payments } from "../../functions/booking/contracts.ts";
import { FlightDesk } from "../../functions/booking/flights.ts";
import { HotelDesk } from "../../functions/booking/hotels.ts";
import { PaymentDesk } from "../../functions/booking/payments.ts";
import { ROUTES } from "../../lib/http/routes.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { canUse } from "../tools.ts";
import { ROOT, readPage } from "./pages.ts";
import { systemWithMachineClock } from "./systems.ts";

/** The examples of the HTTP API, in the order in which a reader comes upon them; real calls of curl. */
const CALLS = [
  "book",
  "look",
  "start",
  "describe",
  "tagged",
  "signal",
  "result",
  "list",
  "control",
  "task",
  "problem",
  "openapi",
];

const hasCurl = await canUse("curl");
const system = await systemWithMachineClock({
  workflows: [workflowOf(Booking, BookingV1)],
  services: [
    serviceOf(Flights, new FlightDesk()),
    serviceOf(Hotels, new HotelDesk()),
    serviceOf(Payments, new PaymentDesk()),
  ],
});
const server = createServer(async (request, response) => {
  const body = await buffer(request);
  const answer = await system.fetch(`http://localhost${request.url}`, {
    method: request.method ?? "GET",
    headers: request.headers as Record<string, string>,
    ...(body.length > 0 && { body }),
  });
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;
afterAll(() => server.close());

test.runIf(hasCurl).each(CALLS)(
  "%s.sh is a call that works, and its answer is as the page shows it",
  async (name) => {
    const script = readPage(`docs/examples/http/${name}.sh`).replaceAll(
      "localhost:3000",
      `127.0.0.1:${port}`,
    );
    if (name === "describe") await approvalAwaited();
    const { stdout } = await promisify(execFile)("sh", ["-ec", script]);
    const answers = stdout
      .replaceAll("}{", "}\n{")
      .split("\n")
      .map((line) => JSON.parse(line) as { code?: string });
    const shown = `${name}.json`;
    if (!readdirSync(join(ROOT, "docs/examples/http")).includes(shown)) {
      expect(answers.map(({ code }) => code)).toEqual(answers.map(() => undefined));
      return;
    }
    expect(answers.map(withoutChance)).toEqual([
      withoutChance(JSON.parse(readPage(`docs/examples/http/${shown}`))),
    ]);
  },
);

test("every example of the HTTP API is called", () => {
  const scripts = readdirSync(join(ROOT, "docs/examples/http")).filter((name) => name.endsWith(".sh"));
  expect(scripts.map((name) => name.replace(".sh", "")).sort()).toEqual([...CALLS].sort());
});

test("the page of the client has every call of the API", () => {
  const rows = [...readPage("docs/client.md").matchAll(/^\| `((?:GET|POST) \/\S*)` \|/gm)].map(
    ([, call]) => call,
  );
  const current = ROUTES.filter(({ isOld }) => !isOld);
  expect(rows.toSorted()).toEqual(current.map(({ method, path }) => `${method} ${path}`).toSorted());
});

/** Instants and what is made from chance differ from run to run: of these only the form counts. */
function withoutChance(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replace(/\b1[789]\d{11}\b/g, "0")
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "an id")
    .replace(/\b[0-9a-f]{32}\b/g, "a hash")
    .replace(/\b(FL|HO|PA)-[0-9a-f]{10}\b/g, "$1-");
  return JSON.parse(text);
}

async function approvalAwaited(): Promise<void> {
  const instance = system.client.getWorkflowById(Booking, "trip-2");
  await expect
    .poll(() => instance.describe())
    .toMatchObject({ waitsFor: { receives: [{ channel: "approval" }] } });
}
