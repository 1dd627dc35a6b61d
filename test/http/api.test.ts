import { afterAll, beforeAll, expect, test } from "vitest";
import { fetchHandler } from "../../lib/http/fetch-handler.ts";
import { caller, startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const WAIT = { prefer: "wait=20" };
const call = (...args: Parameters<World["call"]>) => world.call(...args);
const start = (id: string, method: string, headers = {}, args: unknown[] = []) =>
  call("POST", "/workflows/Visit", { id, method, args }, headers);

test("a start answers 202, and where the instance is", async () => {
  const answer = await start("v-1", "run", {}, ["Ann"]);
  expect(answer.status).toBe(202);
  expect(answer.headers.get("location")).toBe("/workflows/Visit/v-1");
  const { run } = answer.body;
  const names = { workflow: "Visit", workflowId: "v-1", run, methodId: "main" };
  expect(answer.body).toEqual({ ...names, status: "accepted" });
});

test("a start that waits answers 200 with the result", async () => {
  const answer = await start("v-2", "run", WAIT, ["Ben"]);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("preference-applied")).toBe("wait=20");
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(answer.body).toEqual({
    workflow: "Visit",
    workflowId: "v-2",
    run: answer.body.run,
    methodId: "main",
    status: "completed",
    result: "hello Ben",
  });
});

test("a start whose wait is over answers 202", async () => {
  const answer = await start("v-3", "wait", { prefer: "wait=1" });
  expect(answer.status).toBe(202);
  expect(answer.headers.get("preference-applied")).toBe("wait=1");
  expect(answer.body.status).toBe("running");
});

test("EDG-53 a method that fails is a 200 with the error and its causes, with their stacks", async () => {
  const answer = await start("v-4", "fail", WAIT);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    status: "failed",
    error: { name: "RangeError", message: "no visitors today", cause: { message: "the door is stuck" } },
  });
  const { stack, cause } = answer.body.error ?? {};
  expect(stack).toMatch(/^RangeError: no visitors today\n\s+at .*world\.ts/);
  expect(cause?.stack).toMatch(/^Error: the door is stuck\n\s+at .*world\.ts/);
});

test("a method that returns nothing has no result", async () => {
  const { body } = await start("v-5", "nothing", WAIT);
  const { run } = body;
  expect(body).toEqual({ workflow: "Visit", workflowId: "v-5", run, methodId: "main", status: "completed" });
});

test("thirty starts of one id at once make one instance", async () => {
  const answers = await Promise.all(Array.from({ length: 30 }, () => start("v-30", "run", WAIT, ["Thirty"])));
  expect(answers.map(({ status, body }) => [status, body.result])).toEqual(
    Array(30).fill([200, "hello Thirty"]),
  );
  expect(world.greeted.filter((name) => name === "Thirty")).toEqual(["Thirty"]);
});

test("a start without an id that is repeated with its Idempotency-Key makes one instance", async () => {
  const headers = { ...WAIT, "idempotency-key": "order-7" };
  const first = await call("POST", "/workflows/Visit", { args: ["Cleo"] }, headers);
  const second = await call("POST", "/workflows/Visit", { args: ["Cleo"] }, headers);
  expect(first.body.result).toBe("hello Cleo");
  expect(second.body).toEqual(first.body);
  expect(world.greeted.filter((name) => name === "Cleo")).toEqual(["Cleo"]);
  const other = await call("POST", "/workflows/Visit", { args: ["Cleo"] }, WAIT);
  expect(other.body.workflowId).not.toBe(first.body.workflowId);
});

test("a start without a body runs the default method", async () => {
  const { status, body } = await call("POST", "/workflows/Visit", undefined, WAIT);
  expect([status, body.status]).toEqual([200, "completed"]);
});

test("a body that is null is none", async () => {
  const { handler } = world;
  const withNull = caller(
    fetchHandler((event, context) => handler({ ...event, body: null as never }, context)),
  );
  expect((await withNull("POST", "/workflows/Visit", undefined, WAIT)).body.status).toBe("completed");
});

test("a result answers 202 while the method runs, and its outcome afterwards", async () => {
  await start("v-6", "wait");
  await call("POST", "/workflows/Visit/v-6/methods/nothing", {}, WAIT);
  const running = await call("GET", "/workflows/Visit/v-6/result", undefined, { prefer: "wait=1" });
  expect([running.status, running.body.status]).toEqual([202, "running"]);
  const waiting = call("GET", "/workflows/Visit/v-6/result", undefined, WAIT);
  expect((await call("POST", "/workflows/Visit/v-6/channels/approved", { signal: true })).status).toBe(202);
  expect(await waiting).toMatchObject({ status: 200, body: { status: "completed", result: true } });
});

test("a signal sent twice with one Idempotency-Key is received once", async () => {
  const headers = { "idempotency-key": "sig-1" };
  await start("v-7", "wait");
  await call("POST", "/workflows/Visit/v-7/channels/approved", { signal: false }, headers);
  await call("POST", "/workflows/Visit/v-7/channels/approved", { signal: false }, headers);
  await call("GET", "/workflows/Visit/v-7/result", undefined, WAIT);
  const { body } = await call("GET", "/workflows/Visit/v-7/history");
  expect(body.records?.filter(({ kind }) => kind === "signal-received")).toHaveLength(1);
});

test("a method called twice with one Idempotency-Key runs once, and is found by that", async () => {
  await start("v-8", "wait");
  const headers = { ...WAIT, "idempotency-key": "again-1" };
  const first = await call("POST", "/workflows/Visit/v-8/methods/run", { args: ["Dan"] }, headers);
  const second = await call("POST", "/workflows/Visit/v-8/methods/run", { args: ["Dan"] }, headers);
  expect(first.body).toMatchObject({ status: "completed", result: "hello Dan" });
  expect(second.body).toEqual(first.body);
  expect(world.greeted.filter((name) => name === "Dan")).toEqual(["Dan"]);
  const result = await call("GET", "/workflows/Visit/v-8/result?methodId=again-1");
  expect(result.body).toEqual({ ...first.body, run: result.body.run });
});

test("a method call without a wait answers 202 and where its result is", async () => {
  await start("v-9", "wait");
  const answer = await call("POST", "/workflows/Visit/v-9/methods/nothing", {}, { "idempotency-key": "m-9" });
  expect(answer.status).toBe(202);
  expect(answer.headers.get("location")).toBe(`/workflows/Visit/v-9/result?methodId=${answer.body.methodId}`);
});

test("a cancel that waits answers 200 once it is applied", async () => {
  await start("v-10", "wait");
  const answer = await call("POST", "/workflows/Visit/v-10/cancel", {}, WAIT);
  expect([answer.status, answer.body.status]).toEqual([200, "canceled"]);
  const result = await call("GET", "/workflows/Visit/v-10/result");
  expect([result.status, result.body.status]).toEqual([200, "canceled"]);
  expect((await call("POST", "/workflows/Visit/v-10/cancel")).status).toBe(202);
});

test("one method is canceled by its id", async () => {
  await start("v-11", "wait");
  await call("POST", "/workflows/Visit/v-11/methods/wait", {}, { "idempotency-key": "second" });
  const answer = await call("POST", "/workflows/Visit/v-11/cancel", { methodId: "second" }, WAIT);
  expect(answer.body).toEqual({ workflow: "Visit", workflowId: "v-11", status: "running" });
  expect((await call("GET", "/workflows/Visit/v-11/result?methodId=second")).body.status).toBe("canceled");
  expect((await call("GET", "/workflows/Visit/v-11/result")).body.status).toBe("running");
});

test("an instance is described", async () => {
  await call("POST", "/workflows/Visit", { id: "v-12", method: "wait", tags: ["vip"], meta: { by: "me" } });
  await call("POST", "/workflows/Visit/v-12/methods/nothing", {}, WAIT);
  const { status, body } = await call("GET", "/workflows/Visit/v-12");
  expect(status).toBe(200);
  expect(body).toMatchObject({
    workflow: "Visit",
    workflowId: "v-12",
    status: "running",
    tags: ["vip"],
    meta: { by: "me" },
    methods: [
      { methodId: "main", name: "wait", status: "running" },
      { name: "nothing", status: "completed" },
    ],
    waitsFor: { receives: [{ channel: "approved" }] },
  });
});

test("history comes in pages, oldest first", async () => {
  await start("v-13", "run", WAIT, ["Eve"]);
  const whole = await call("GET", "/workflows/Visit/v-13/history");
  const kinds = whole.body.records?.map(({ kind }) => kind);
  expect(kinds).toEqual(["instance-started", "method-started", "task", "task-completed", "method-completed"]);
  expect(whole.body.cursor).toBeUndefined();
  const paged: unknown[] = [];
  for (let cursor: string | undefined = "0"; cursor !== undefined; ) {
    const page = await call("GET", `/workflows/Visit/v-13/history?limit=2&cursor=${cursor}`);
    paged.push(...(page.body.records ?? []));
    cursor = page.body.cursor;
  }
  expect(paged).toEqual(whole.body.records);
});

test("a query is answered from the instance's fields", async () => {
  await start("v-14", "run", WAIT, ["Fay"]);
  expect((await call("GET", "/workflows/Visit/v-14/queries/phase")).body).toEqual({ result: "greeted" });
  const args = encodeURIComponent(JSON.stringify(["phase: "]));
  expect((await call("GET", `/workflows/Visit/v-14/queries/phase?args=${args}`)).body).toEqual({
    result: "phase: greeted",
  });
});

test("a traceparent goes into the history; one that is none is left out", async () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await start("v-15", "nothing", { ...WAIT, traceparent });
  await start("v-16", "nothing", { ...WAIT, traceparent: "now and then" });
  const [traced, untraced] = await Promise.all(
    ["v-15", "v-16"].map((id) => call("GET", `/workflows/Visit/${id}/history`)),
  );
  expect(traced?.body.records?.[0]).toMatchObject({ traceparent });
  expect(untraced?.body.records?.[0]).not.toHaveProperty("traceparent");
});

test("health is told", async () => {
  expect(await call("GET", "/health")).toMatchObject({ status: 200, body: { status: "ok" } });
});
