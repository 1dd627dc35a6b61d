import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Child, startChild } from "../../infra/local/child-process.ts";
import { canUse } from "../tools.ts";
import { BookingClient, TRIP } from "./booking-client.ts";
import { doEverythingByClient, makeEveryCallByCurl } from "./every-call.ts";
import { type LocalStack, startLocalStack, stillRunning } from "./local-stack.ts";
import { subscriptionsOf } from "./pulsar-admin.ts";

const hasCurl = await canUse("curl");
const START_MS = 240_000;
const END_MS = 60_000;
const BOOKED = {
  status: "booked",
  flight: expect.stringMatching(/^FL-/),
  hotel: expect.stringMatching(/^HO-/),
  payment: expect.stringMatching(/^PA-/),
};
const BRIDGE_SCRIPT = join(import.meta.dirname, "../../infra/bridge/bridge.ts");
const stacks: LocalStack[] = [];

async function startStack(...options: readonly string[]): Promise<LocalStack> {
  const stack = await startLocalStack(...options);
  stacks.push(stack);
  return stack;
}

afterAll(async () => {
  for (const stack of stacks) stack.interrupt(); // those that a failed test has left
  await Promise.all(stacks.map(({ ended }) => ended));
}, END_MS);

describe("npm start", () => {
  behavesAsBooking(() => startStack());

  test("books a trip by itself and shows its steps", { timeout: START_MS + END_MS }, async () => {
    const stack = await startStack("--exit");
    expect(await stack.ended).toBe(0);
    const printed = stack.lines.join("\n");
    expect(printed).toMatch(/Ready: http:\/\/localhost:\d+/);
    expect(printed).toMatch(/task Payments\.charge\(50000\)/);
    expect(printed).toMatch(/Answer 200: .*"status":"booked"/);
  });

  test("ends, and says why, when one of its parts dies", { timeout: START_MS + END_MS }, async () => {
    const stack = await startStack();
    await stack.line(/Ctrl-C ends it/);
    const processes = stack.processes();
    const bridge = processes.find(({ args }) => args.includes("bridge.ts"));
    process.kill(bridge?.pid ?? 0, "SIGKILL");
    expect(await stack.ended).toBe(1);
    expect(stack.lines).toContain("Stopping: the bridge ended with signal SIGKILL");
    await expect.poll(() => stillRunning(processes), { timeout: 10_000 }).toEqual([]);
  });
});

describe.runIf(inject("pulsar"))("npm run start:pulsar", () => {
  let bridge: Child | undefined;
  afterAll(() => bridge?.stop());

  // What `npm run start:pulsar` runs, here with a bridge that comes after the first start.
  behavesAsBooking(async () => {
    const stack = await startStack("--pulsar", "--no-bridge");
    await stack.line(/Ctrl-C ends it/);
    expect((await new BookingClient(stack.url).start("early", TRIP)).status).toBe(202);
    const config = /BRIDGE_CONFIG='(.*)'/.exec(await stack.line(/^No bridge/))?.[1];
    const keys = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };
    bridge = startChild({
      name: "bridge",
      script: BRIDGE_SCRIPT,
      env: { ...process.env, ...keys, BRIDGE_CONFIG: config },
      onLine: () => undefined,
      graceMs: 10_000,
    });
    return stack;
  }, inPulsar);

  function inPulsar(stack: () => LocalStack, client: () => BookingClient): void {
    test("completes a start that was sent before any bridge ever connected", async () => {
      expect(await client().book("early", TRIP)).toMatchObject({ result: BOOKED });
    });

    test("leaves Key_Shared subscriptions by workflow, and no backlog but messages not yet due", async () => {
      const webUrl = /Pulsar \((\S+)\)/.exec(await stack().line(/^Ready/))?.[1] ?? "";
      await expect
        .poll(async () => [...(await subscriptionsOf(webUrl)).values()].map(({ backlog }) => backlog), {
          timeout: 30_000,
        })
        .toSatisfy((backlogs: number[]) => backlogs.every((backlog) => backlog === 0));
      const types = [...(await subscriptionsOf(webUrl))].map(([name, { type }]) => `${name} ${type}`);
      expect(types).toContain("workflow-engine:Booking infinitic Key_Shared");
      expect(types).toContain("task-executor:Flights infinitic Shared");
    });
  }
});

/** What the sample does whatever it stands on, and how it ends. */
function behavesAsBooking(
  start: () => Promise<LocalStack>,
  more: (stack: () => LocalStack, client: () => BookingClient) => void = () => undefined,
): void {
  let stack: LocalStack;
  let client: BookingClient;
  beforeAll(async () => {
    stack = await start();
    await stack.line(/Ctrl-C ends it/);
    client = new BookingClient(stack.url);
  }, START_MS);

  test("a start that waits is answered with the booked trip", async () => {
    expect(await client.book("trip-1", TRIP)).toMatchObject({ status: "completed", result: BOOKED });
  });

  test("the same id makes no second booking, also thirty times at once", async () => {
    const first = await client.book("trip-2", TRIP);
    expect(await client.book("trip-2", { ...TRIP, flight: "LH7" })).toEqual(first);
    const others = Array.from({ length: 30 }, () => client.book("trip-3", TRIP));
    const results = (await Promise.all(others)).map((outcome) => JSON.stringify(outcome));
    expect(new Set(results).size).toBe(1);
    for (const id of ["trip-2", "trip-3"]) {
      const tasks = (await client.history(id)).filter(({ kind }) => kind === "task");
      expect(tasks).toMatchObject([{ service: "Flights" }, { service: "Hotels" }, { service: "Payments" }]);
    }
  });

  test("a hotel that is sold out undoes the flight", async () => {
    const { result } = await client.book("sold-out", { ...TRIP, hotel: "sold-out" });
    expect(result).toEqual({
      status: "not booked",
      reason: expect.stringContaining("sold out"),
      undone: ["flight"],
    });
    const history = await client.history("sold-out");
    expect(history).toContainEqual(expect.objectContaining({ service: "Flights", method: "cancel" }));
  });

  test("a flaky flight shows three attempts in the history", async () => {
    expect(await client.book("flaky", { ...TRIP, flight: "flaky" })).toMatchObject({ result: BOOKED });
    const flight = (await client.history("flaky")).filter(
      (record) => "command" in record && record.command === "0.0",
    );
    expect(flight.filter(({ kind }) => kind !== "attempt-due")).toMatchObject([
      { kind: "attempt-failed", attempt: 0 },
      { kind: "attempt-failed", attempt: 1 },
      { kind: "task-completed" },
    ]);
  });

  test("a trip that asks for approval waits for the signal", async () => {
    const trip = { ...TRIP, approval: true };
    expect((await client.start("approval", trip)).status).toBe(202);
    await expect
      .poll(async () => (await client.describe("approval")).waitsFor?.receives, { timeout: 30_000 })
      .toEqual([{ channel: "approval" }]);
    expect((await client.call("/workflows/Booking/approval/queries/progress")).body).toEqual({
      result: ["flight reserved", "hotel reserved", "waiting for approval"],
    });
    const signal = await client.post("/workflows/Booking/approval/channels/approval", { signal: true });
    expect(signal.status).toBe(202);
    expect(await client.book("approval", trip)).toMatchObject({ result: BOOKED });
  });

  test.runIf(hasCurl)("every call of the API works by curl", { timeout: 120_000 }, async () => {
    await makeEveryCallByCurl(stack.url);
  });

  test("everything that the API is for works through the typed client", { timeout: 120_000 }, async () => {
    await doEverythingByClient(stack.url);
  });

  test("what is wrong with a call is told as a problem with a code", async () => {
    const start = (body: unknown) => client.post("/workflows/Booking", body);
    const problems = await Promise.all([
      start('{ "id": '),
      start({ id: 7, args: "none" }),
      start({ id: "../../etc/passwd", args: [TRIP] }),
      start({ id: "big", args: ["x".repeat(6_500_000)] }),
      start({ id: "bigger", args: ["x".repeat(11_000_000)] }),
      client.post("/workflows/Unknown", {}),
      client.call("/workflows/Booking/unknown"),
      client.call("/workflows/Booking/%00'%3Cscript%3E/history"),
      client.call("/workflows/Booking/%E0%A4%A"),
      client.call("/unknown"),
      client.call("/workflows/Booking/trip-1", { method: "DELETE" }),
    ]);
    expect(problems.map(({ status, body }) => [status, (body as { code?: string }).code])).toEqual([
      [400, "INVALID_JSON"],
      [400, "INVALID_REQUEST"],
      [400, "INVALID_REQUEST"],
      [413, "BODY_TOO_LARGE"],
      [413, "BODY_TOO_LARGE"],
      [404, "UNKNOWN_WORKFLOW"],
      [404, "WORKFLOW_UNKNOWN"],
      [400, "INVALID_REQUEST"],
      [400, "INVALID_REQUEST"],
      [404, "UNKNOWN_ROUTE"],
      [405, "UNKNOWN_ROUTE"],
    ]);
    expect(new Set(problems.map(({ type }) => type))).toEqual(new Set(["application/problem+json"]));
  });

  more(
    () => stack,
    () => client,
  );

  test("Ctrl-C ends it with exit code 0 and leaves no process behind", { timeout: END_MS }, async () => {
    const processes = stack.processes();
    expect(processes.length).toBeGreaterThan(2);
    stack.interrupt();
    expect(await stack.ended).toBe(0);
    expect(stack.lines.at(-1)).toBe("Stopped.");
    await expect.poll(() => stillRunning(processes), { timeout: 10_000 }).toEqual([]);
  });
}
