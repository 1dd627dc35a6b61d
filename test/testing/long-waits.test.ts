import { Agent, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { exchange } from "../../lib/adapters/exchange.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import { machineClock } from "../../lib/client/client-options.ts";
import { fetchHandler } from "../../lib/http/fetch-handler.ts";
import { machineSleep } from "../../lib/runtime/sleep.ts";

const DAY = 86_400_000;
const signal = (): AbortSignal => new AbortController().signal;

describe("EDG-44 thirty days are not over at once for", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test.each([
    ["a client", () => machineClock.sleep(30 * DAY, signal())],
    ["an inline task", () => machineSleep(30 * DAY, signal())],
  ])("%s", async (_who, sleep) => {
    let isOver = false;
    void sleep().then(() => {
      isOver = true;
    });
    await vi.advanceTimersByTimeAsync(30 * DAY - 1);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(isOver).toBe(true);
  });

  test.each([
    ["a client", (given: AbortSignal) => machineClock.sleep(30 * DAY, given)],
    ["an inline task", (given: AbortSignal) => machineSleep(30 * DAY, given)],
  ])("%s, who may be told that it need not wait any more", async (_who, sleep) => {
    const given = new AbortController();
    const slept = expect(sleep(given.signal)).rejects.toThrow("enough");
    await vi.advanceTimersByTimeAsync(26 * DAY);
    given.abort(new Error("enough"));
    await slept;
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** Whether a promise is still pending when the event loop has turned some times. */
async function staysPending(promise: Promise<unknown>): Promise<boolean> {
  let isPending = true;
  const settle = (): void => {
    isPending = false;
  };
  promise.then(settle, settle);
  for (let turn = 0; turn < 20; turn += 1) await systemClock.sleep(1);
  return isPending;
}

test("EDG-44 thirty days are not over at once for the machine's clock", async () => {
  const given = new AbortController();
  const slept = systemClock.sleep(30 * DAY, given.signal);
  expect(await staysPending(slept)).toBe(true);
  given.abort();
  await expect(slept).rejects.toThrow();
});

test.each([30 * DAY, Infinity])("EDG-44 an exchange may take %d ms", async (timeoutMs) => {
  const server = createServer((_request, response) => void setTimeout(() => response.end("late"), 30));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const request = {
    protocol: "http:",
    hostname: "127.0.0.1",
    port,
    path: "/",
    headers: {},
    body: Buffer.of(),
  };
  const agent = new Agent();
  expect(await exchange(request, { agent, timeoutMs })).toMatchObject({ kind: "response", body: "late" });
  agent.destroy();
  server.close();
});

test.each([30 * DAY, Infinity])("EDG-44 a function behind fetch may have %d ms", async (timeoutMs) => {
  let remainingMs = 0;
  const handler = fetchHandler(
    async (_event, context) => {
      remainingMs = context.getRemainingTimeInMillis();
      return { statusCode: 204 };
    },
    { timeoutMs },
  );
  expect((await handler("http://test/")).status).toBe(204);
  expect(remainingMs).toBe(2 ** 31 - 1);
});
