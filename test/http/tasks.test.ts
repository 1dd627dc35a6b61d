import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const WAIT = { prefer: "wait=20" };
const call = (...args: Parameters<World["call"]>) => world.call(...args);
const greet = (name: string, headers = {}, more = {}) =>
  call("POST", "/services/Desk/greet", { args: [name], ...more }, headers);

/** Dispatches a task that stays open. */
async function openTask(name: string): Promise<string> {
  const { body } = await call("POST", "/services/Desk/ask", { args: [name] });
  const path = `/tasks/${body.taskId}`;
  await expect.poll(async () => (await call("GET", path)).status, { timeout: 20_000, interval: 5 }).toBe(200);
  return path;
}

test("a task outside a workflow answers 202 and where it is, and 200 with its result for who waits", async () => {
  const answer = await greet("Ann", { "idempotency-key": "t-1" });
  expect([answer.status, answer.headers.get("location")]).toEqual([202, `/tasks/${answer.body.taskId}`]);
  expect(answer.body).toMatchObject({ service: "Desk", method: "greet", status: "running" });
  const waited = await greet("Ann", { ...WAIT, "idempotency-key": "t-1" });
  expect([waited.status, waited.body.taskId]).toEqual([200, answer.body.taskId]);
  expect(waited.body).toMatchObject({ status: "completed", result: "hello Ann", attempt: 0, sequence: 0 });
  expect(world.greeted.filter((name) => name === "Ann")).toHaveLength(1);
});

test("a task that failed tells its error, runs again when retried, and is described", async () => {
  const { body } = await greet("nobody", WAIT);
  expect(body).toMatchObject({ status: "failed", error: { name: "TypeError" } });
  const path = `/tasks/${body.taskId}`;
  const retried = await call("POST", `${path}/retry`, {}, WAIT);
  expect(retried.status).toBe(200);
  await expect
    .poll(async () => (await call("GET", path, undefined, WAIT)).body, { timeout: 20_000, interval: 5 })
    .toMatchObject({ status: "failed", sequence: 1 });
  expect((await call("GET", path)).body.error?.stack).toMatch(/^TypeError: nobody is not a name\n\s+at /);
});

test("a task over its overall timeout is timedOut", async () => {
  const { body } = await call("POST", "/services/Desk/ask", { timeout: "50ms" }, WAIT);
  expect(body.status).toBe("timedOut");
});

test("a task is completed, failed and canceled by whoever knows its id; once", async () => {
  const completed = await openTask("c");
  const answer = await call("POST", `${completed}/complete`, { result: "done" }, WAIT);
  expect([answer.status, answer.body.status]).toEqual([200, "completed"]);
  expect((await call("GET", completed, undefined, WAIT)).body).toMatchObject({ result: "done" });

  const failed = await openTask("f");
  expect((await call("POST", `${failed}/heartbeat`, undefined, WAIT)).status).toBe(200);
  await call("POST", `${failed}/fail`, { error: { name: "RangeError", message: "too dear" } }, WAIT);
  const { body } = await call("GET", failed);
  expect(body).toMatchObject({ status: "failed", error: { name: "RangeError", message: "too dear" } });

  const canceled = await openTask("x");
  await call("POST", `${canceled}/cancel`, {}, WAIT);
  expect((await call("GET", canceled)).body.status).toBe("canceled");

  for (const path of [`${completed}/complete`, `${completed}/heartbeat`, `${canceled}/cancel`]) {
    const late = await call("POST", path, {});
    expect([late.status, late.body.code]).toEqual([409, "TASK_ENDED"]);
  }
});

test("an error that a task is failed with is cut like one that is thrown", async () => {
  const path = await openTask("large");
  const texts = Array.from({ length: 30 }, (_, nth) => [`text${nth}`, `${nth}`.padEnd(8_000, "x")]);
  const cause = { name: "Deep", message: "x".repeat(600_000), properties: Object.fromEntries(texts) };
  await call("POST", `${path}/fail`, { error: { name: "RangeError", message: "too dear", cause } }, WAIT);
  const { body } = await call("GET", path);
  expect(body).toMatchObject({
    status: "failed",
    error: { name: "RangeError", message: "too dear", cause: { name: "Deep" } },
  });
  expect(JSON.stringify(body.error).length).toBeLessThan(70_000);
});

test("a call repeated with its Idempotency-Key answers as before", async () => {
  const path = await openTask("again");
  const headers = { ...WAIT, "idempotency-key": "done-1" };
  const first = await call("POST", `${path}/complete`, { result: 1 }, headers);
  const second = await call("POST", `${path}/complete`, { result: 1 }, headers);
  expect([second.status, second.body]).toEqual([first.status, first.body]);
  const other = await call("POST", `${path}/complete`, { result: 2 }, WAIT);
  expect(other.body.code).toBe("TASK_ENDED");
});

test("a task of a workflow is described too, and canceled with its method only", async () => {
  await call("POST", "/workflows/Visit", { id: "v-1", args: ["Ben"] }, { ...WAIT, "idempotency-key": "r" });
  const path = "/tasks/Visit:v-1:r:0.0";
  expect((await call("GET", path)).body).toMatchObject({ status: "completed", result: "hello Ben" });
  const { status, body } = await call("POST", `${path}/cancel`);
  expect([status, body.code]).toEqual([400, "INVALID_REQUEST"]);
});

test.each([
  "nothing",
  "Visit:nobody:r:0.0",
  "a:b:c:d:e",
  "%3A%3A%3A",
  "Visit:v-1:another:0.0",
  "Visit:v-1:r:0.7",
])("%s is no task", async (taskId) => {
  for (const answer of [
    await call("GET", `/tasks/${taskId}`),
    await call("POST", `/tasks/${taskId}/complete`, {}),
    await call("POST", `/tasks/${taskId}/retry`),
  ]) {
    expect([answer.status, answer.body.code]).toEqual([404, "TASK_UNKNOWN"]);
  }
});

test("what is wrong with a task is told before anything is sent", async () => {
  const unknown = await call("POST", "/services/Nope/greet", {});
  expect([unknown.status, unknown.body.code]).toEqual([404, "UNKNOWN_SERVICE"]);
  for (const more of [{ timeout: "soon" }, { timeout: 0 }, { tags: [""] }, { id: "x" }]) {
    expect((await greet("Ann", {}, more)).body.code).toBe("INVALID_REQUEST");
  }
  expect((await call("POST", "/services/Desk/then", {})).body.code).toBe("INVALID_REQUEST");
});

test("EDG-41 a body whose message nobody could read is refused, not sent", async () => {
  const taskId = await openTask("Eve");
  for (const error of [
    { name: "", message: "m" },
    { message: "m" },
    { name: "E" },
    { name: "E", message: 5 },
  ]) {
    expect((await call("POST", `${taskId}/fail`, { error })).body.code).toBe("INVALID_REQUEST");
  }
  const [, , workflow, workflowId] = `/workflows/infinitic-task/${taskId.split(":")[1]}`.split("/");
  for (const body of [{ service: "" }, { taskId: "" }, { status: "" }]) {
    const answer = await call("POST", `/workflows/${workflow}/${workflowId}/retry-tasks`, body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
  }
  expect((await call("POST", `${taskId}/fail`, { error: { name: "E", message: "" } })).status).toBe(202);
});

test("without a function that runs them, tasks outside a workflow are not deployed", async () => {
  const servicesOnly = await startWorld({ runsTasks: false });
  const { status, body } = await servicesOnly.call("POST", "/services/Desk/greet", {});
  expect([status, body.code, body.detail]).toEqual([501, "UNKNOWN_ROUTE", expect.stringContaining("tasks")]);
  await servicesOnly.close();
});
