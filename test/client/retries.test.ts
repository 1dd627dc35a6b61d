import { expect, test } from "vitest";
import { InfiniticClient } from "../../lib/client/client.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { Visit } from "../http/world.ts";

type Try = (request: Request) => Response | Error;

const answer = (status: number, body: unknown = {}, headers = {}) => Response.json(body, { status, headers });
const STARTED = { workflow: "Visit", workflowId: "w", methodId: "main", status: "running" };
const DONE = { ...STARTED, status: "completed", result: "hello" };

/** A client whose tries are answered one after the other, the last answer for ever. */
function scripted(...tries: readonly [Try, ...Try[]]) {
  const clock = new ManualClock();
  const requests: { readonly request: Request; readonly at: number }[] = [];
  const client = new InfiniticClient({
    url: "http://api/base",
    clock,
    auth: async () => "Bearer token",
    headers: { "x-tenant": "a" },
    fetch: async (url, init) => {
      const request = new Request(url, init);
      const next = tries[Math.min(requests.length, tries.length - 1)] as Try;
      requests.push({ request, at: clock.now() });
      const got = next(request);
      if (got instanceof Error) throw got;
      return got;
    },
  });
  return { client, clock, requests };
}

async function pushed<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let done = false;
  const watched = promise.finally(() => {
    done = true;
  });
  watched.catch(() => undefined);
  while (!done)
    await clock.advance(done || clock.nextDueAt === undefined ? 0 : clock.nextDueAt - clock.now());
  return watched;
}

test("a call is tried again with the same Idempotency-Key until it is answered", async () => {
  const { client, clock, requests } = scripted(
    () => new TypeError("fetch failed"),
    () => answer(503, { code: "BROKER_UNAVAILABLE" }),
    () => answer(502, "bad gateway"),
    () => answer(202, STARTED),
  );
  const flow = await pushed(clock, client.newWorkflow(Visit).dispatch.run("Ann"));
  expect(flow.workflowId).toBe("w");
  const keys = requests.map(({ request }) => request.headers.get("idempotency-key"));
  expect(keys).toHaveLength(4);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(requests[0]?.request.url).toBe("http://api/base/workflows/Visit");
  expect(requests[0]?.request.headers.get("authorization")).toBe("Bearer token");
  expect(requests[0]?.request.headers.get("x-tenant")).toBe("a");
});

test("two calls have two Idempotency-Keys", async () => {
  const { client, requests } = scripted(() => answer(202, STARTED));
  await client.newWorkflow(Visit).dispatch.run("Ann");
  await client.newWorkflow(Visit).dispatch.run("Ann");
  const [first, second] = requests.map(({ request }) => request.headers.get("idempotency-key"));
  expect(first).not.toBe(second);
});

test("Retry-After is heeded", async () => {
  const { client, clock, requests } = scripted(
    () => answer(429, {}, { "retry-after": "3" }),
    () => answer(202, STARTED),
  );
  await pushed(clock, client.newWorkflow(Visit).dispatch.run("Ann"));
  const [first, second] = requests;
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(3_000);
});

test("tries come to an end: the problem's own code, or API_UNAVAILABLE", async () => {
  const busy = scripted(() => answer(503, { code: "STORE_THROTTLED", detail: "later" }));
  await expect(pushed(busy.clock, busy.client.newWorkflow(Visit).dispatch.run("A"))).rejects.toMatchObject({
    code: "STORE_THROTTLED",
    message: "later",
  });
  expect(busy.requests).toHaveLength(5);
  const away = scripted(() => new TypeError("fetch failed"));
  await expect(pushed(away.clock, away.client.newWorkflow(Visit).dispatch.run("A"))).rejects.toMatchObject({
    code: "API_UNAVAILABLE",
    cause: { message: "fetch failed" },
  });
});

test("what the caller did wrong is not tried again", async () => {
  const { client, requests } = scripted(() => answer(400, { code: "INVALID_REQUEST", detail: "no" }));
  await expect(client.newWorkflow(Visit).dispatch.run("A")).rejects.toMatchObject({
    code: "INVALID_REQUEST",
  });
  expect(requests).toHaveLength(1);
});

test("an answer that is not the API's is API_UNAVAILABLE", async () => {
  const page = scripted(() => new Response("<html>", { status: 200 }));
  await expect(page.client.newWorkflow(Visit).dispatch.run("A")).rejects.toMatchObject({
    code: "API_UNAVAILABLE",
  });
  const refused = scripted(() => answer(403, { message: "Forbidden" }));
  await expect(refused.client.newWorkflow(Visit).dispatch.run("A")).rejects.toMatchObject({
    code: "API_UNAVAILABLE",
    message: expect.stringContaining("403"),
  });
});

test("a long wait is many requests of at most 20 s", async () => {
  const { client, clock, requests } = scripted(
    () => answer(202, STARTED),
    () => answer(202, STARTED),
    () => answer(504, { code: "FUNCTION_UNAVAILABLE" }),
    () => answer(200, DONE),
  );
  expect(await pushed(clock, client.newWorkflow(Visit).run("Ann"))).toBe("hello");
  expect(requests.map(({ request }) => request.headers.get("prefer"))).toEqual(Array(4).fill("wait=20"));
  expect(requests.map(({ request }) => request.method)).toEqual(["POST", "GET", "GET", "GET"]);
  expect(requests[1]?.request.url).toBe("http://api/base/workflows/Visit/w/result?methodId=main");
});

test("an unknown instance is unknown only after 10 s of waiting: a shorter wait has timed out", async () => {
  const unknown: Try = () => answer(404, { code: "WORKFLOW_UNKNOWN", detail: "who?" });
  const { client } = scripted(unknown);
  const visit = client.getWorkflowById(Visit, "w");
  await expect(visit.result({ timeout: "2s" })).rejects.toMatchObject({ name: "WorkflowTimedOutError" });
  await expect(visit.result()).rejects.toMatchObject({ name: "WorkflowUnknownError" });
});

test("a request that is not answered is given up and tried again", async () => {
  const clock = new ManualClock();
  let tries = 0;
  const client = new InfiniticClient({
    url: "http://api",
    clock,
    fetch: async (_url, init) => {
      if (++tries > 1) return answer(202, STARTED);
      const { promise, reject } = Promise.withResolvers<Response>();
      init.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      return promise;
    },
  });
  await pushed(clock, client.newWorkflow(Visit).dispatch.run("Ann"));
  expect(tries).toBe(2);
});
