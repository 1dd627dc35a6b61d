import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "vitest";
import { Booking, Flights } from "../../functions/booking/contracts.ts";
import { InfiniticClient } from "../../lib/client/client.ts";
import { TRIP } from "./booking-client.ts";

const run = promisify(execFile);
const PATIENCE = { timeout: 30_000, interval: 100 };
/** Waits for a person's word. */
const OPEN_TRIP = { ...TRIP, approval: true };

/** Calls the API by curl, and notes each call. */
class Curl {
  readonly calls: string[] = [];
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  get(path: string) {
    return this.#call("GET", path, []);
  }

  post(path: string, body: object = {}, ...headers: readonly string[]) {
    const given = ["content-type: application/json", ...headers].flatMap((header) => ["-H", header]);
    return this.#call("POST", path, [...given, "-d", JSON.stringify(body)]);
  }

  async #call(method: string, path: string, options: readonly string[]) {
    this.calls.push(`${method} ${path.replace(/\?.*/, "")}`);
    const line = ["-sS", "-X", method, "-w", "\n%{http_code}", ...options, `${this.#url}${path}`];
    const { stdout } = await run("curl", line, { maxBuffer: 10_000_000 });
    const end = stdout.lastIndexOf("\n");
    const body = JSON.parse(stdout.slice(0, end)) as { readonly [field: string]: unknown };
    return { status: Number(stdout.slice(end + 1)), body };
  }
}

/** Makes every call of the API that a running sample has, by curl, and expects each to do what it says. */
export async function makeEveryCallByCurl(url: string): Promise<void> {
  const curl = new Curl(url);
  const WAIT = "Prefer: wait=20";
  const id = crypto.randomUUID();
  const instance = `/workflows/Booking/${id}`;
  const byTag = "/workflows/Booking/by-tag";
  const tag = `tag-${id}`;

  const start = { id, method: "book", args: [OPEN_TRIP], tags: [tag] };
  expect(await curl.post("/workflows/Booking", start)).toMatchObject({ status: 202 });
  const begun = { body: { status: "running" } };
  await expect.poll(() => curl.get(instance), PATIENCE).toMatchObject(begun);
  expect(await curl.get(`${byTag}?tag=${tag}`)).toMatchObject({ status: 200, body: { workflowIds: [id] } });
  await expect
    .poll(
      async () => JSON.stringify((await curl.get("/workflows?workflow=Booking&limit=100")).body),
      PATIENCE,
    )
    .toContain(id);
  expect(await curl.get(`${instance}/result`)).toMatchObject({ status: 202, body: { status: "running" } });
  expect((await curl.get(`${instance}/history`)).body["records"]).toHaveProperty("length");
  expect((await curl.get(`${instance}/queries/progress`)).body).toHaveProperty("result");
  const noMethod = { status: 404, body: { code: "UNKNOWN_METHOD" } };
  expect(await curl.post(`${instance}/methods/unknown`, {}, WAIT)).toMatchObject(noMethod);
  for (const control of ["retry", "retry-tasks", "complete-timers"]) {
    expect(await curl.post(`${instance}/${control}`)).toMatchObject({ status: 202 });
    expect(await curl.post(`${byTag}/${control}`, { tag })).toMatchObject({ status: 202 });
  }
  expect(await curl.post(`${byTag}/methods/unknown`, { tag })).toMatchObject(noMethod);
  const noChannel = { status: 404, body: { code: "UNKNOWN_CHANNEL" } };
  expect(await curl.post(`${instance}/channels/other`, { signal: 1 })).toMatchObject(noChannel);
  expect(await curl.post(`${byTag}/channels/approval`, { tag, signal: true })).toMatchObject({ status: 202 });
  await expect
    .poll(async () => (await curl.get(`${instance}/result`)).body, PATIENCE)
    .toMatchObject({ status: "completed", result: { status: "not booked" } }); // its time was over at once
  await curl.post("/workflows/Booking", { ...start, id: `${id}-2` });
  expect(await curl.post(`/workflows/Booking/${id}-2/cancel`, {}, WAIT)).toMatchObject({
    status: 200,
    body: { status: "canceled" },
  });
  expect(await curl.post(`${byTag}/cancel`, { tag })).toMatchObject({ status: 202 });

  const done = await curl.post("/services/Flights/reserve", { args: ["AF1"] }, WAIT);
  expect(done).toMatchObject({ status: 200, body: { status: "completed" } });
  expect(await curl.get(`/tasks/${done.body["taskId"]}`)).toMatchObject({
    status: 200,
    body: { service: "Flights", status: "completed" },
  });
  const task = async (): Promise<string> => {
    const { body } = await curl.post("/services/Flights/reserveByPhone", { args: ["AF1"] });
    const path = `/tasks/${body["taskId"]}`;
    await expect.poll(async () => (await curl.get(path)).body["delegated"], PATIENCE).toBe(true);
    return path;
  };
  const completed = await task();
  expect(await curl.post(`${completed}/heartbeat`)).toMatchObject({ status: 202 });
  expect(await curl.post(`${completed}/complete`, { result: "mine" }, WAIT)).toMatchObject({ status: 200 });
  expect((await curl.get(completed)).body).toMatchObject({ status: "completed", result: "mine" });
  const failed = await task();
  const error = { name: "Error", message: "mine" };
  expect(await curl.post(`${failed}/fail`, { error }, WAIT)).toMatchObject({ status: 200 });
  expect(await curl.post(`${failed}/retry`, {}, WAIT)).toMatchObject({ status: 200 });
  expect(await curl.post(`${failed}/cancel`, {}, WAIT)).toMatchObject({ status: 200 });

  expect(await curl.get("/health")).toMatchObject({ status: 200 });
  const { body: document } = await curl.get("/openapi.json");
  expect(missingIn(curl.calls, document as unknown as OpenApi)).toEqual([]);
}

interface OpenApi {
  readonly paths: { readonly [path: string]: { readonly [verb: string]: unknown } };
}

/** The calls of the API that were not made. */
function missingIn(calls: readonly string[], { paths }: OpenApi): readonly string[] {
  const all = Object.entries(paths).flatMap(([path, verbs]) =>
    Object.keys(verbs)
      .filter((verb) => verb === "get" || verb === "post")
      .map((verb) => `${verb.toUpperCase()} ${path}`),
  );
  const isMade = (call: string): boolean => {
    const pattern = new RegExp(`^${call.replace(/\{[^}]+\}/g, "[^/]+")}$`);
    return calls.some((made) => pattern.test(made));
  };
  return all.filter((call) => !isMade(call));
}

/** Does with the typed client what every call of the API is for. */
export async function doEverythingByClient(url: string): Promise<void> {
  const client = new InfiniticClient({ url });
  const tag = `tag-${crypto.randomUUID()}`;
  const flow = await client.newWorkflow(Booking, { tags: [tag] }).dispatch.book(OPEN_TRIP);
  const { workflowId } = flow;
  const instance = client.getWorkflowById(Booking, workflowId);
  const tagged = client.getWorkflowByTag(Booking, tag);
  const status = () => instance.describe().then(({ status }) => status);
  await expect.poll(() => status().catch(() => "unknown"), PATIENCE).toBe("running");
  expect(await tagged.ids()).toEqual([workflowId]);
  const listed = async () =>
    (await client.listWorkflows({ workflow: Booking, limit: 100 })).instances.map((one) => one.workflowId);
  await expect.poll(listed, PATIENCE).toContain(workflowId);
  expect(await instance.query.progress()).toContain("flight reserved");
  expect((await instance.history()).records.length).toBeGreaterThan(2);
  for (const one of [instance, tagged]) {
    await one.retry();
    await one.retryTasks({ status: "failed" });
    await one.completeTimers();
  }
  await tagged.book(TRIP);
  await instance.approval.send(true);
  await tagged.approval.send(true);
  expect(await flow.result()).toMatchObject({ status: "not booked" }); // its time was over at once

  const customId = `the trip ${crypto.randomUUID()}`;
  const waiting = await client.newWorkflow(Booking, { customId }).dispatch.book(OPEN_TRIP);
  await client.getWorkflowByCustomId(Booking, customId).cancel();
  await expect(waiting.result()).rejects.toMatchObject({ code: "WORKFLOW_CANCELED" });
  await tagged.cancel();

  expect(await client.newService(Flights).reserve("AF1")).toMatch(/^FL-/);
  const handOver = async () => {
    const task = await client.newService(Flights).dispatch.reserveByPhone("AF1");
    const isDelegated = () =>
      task.describe().then(
        ({ delegated }) => delegated,
        () => undefined,
      );
    await expect.poll(isDelegated, PATIENCE).toBe(true);
    return task;
  };
  const task = await handOver();
  await client.heartbeat(task.taskId);
  await client.completeTask(task.taskId, "mine");
  expect(await client.getTask(task.taskId).result()).toBe("mine");
  const failed = await handOver();
  await client.failTask(failed.taskId, new RangeError("mine"));
  await expect(failed.result()).rejects.toMatchObject({ code: "TASK_FAILED", cause: { name: "RangeError" } });
  await failed.retry();
  await expect.poll(() => failed.describe().then(({ status }) => status), PATIENCE).toBe("running");
  await failed.cancel();
  await expect(failed.result()).rejects.toMatchObject({ code: "TASK_CANCELED" });
}
