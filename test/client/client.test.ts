import { afterAll, beforeAll, expect, expectTypeOf, test } from "vitest";
import { InfiniticClient } from "../../lib/client/client.ts";
import type { MethodHandle } from "../../lib/client/method-handle.ts";
import { RemoteError } from "../../lib/core/values/remote-error.ts";
import { WorkflowFailedError } from "../../lib/core/values/remote-errors.ts";
import { startWorld, Visit, type World } from "../http/world.ts";

let world: World;
let client: InfiniticClient;
beforeAll(async () => {
  world = await startWorld();
  client = new InfiniticClient({ url: "http://api/", fetch: world.fetch });
});
afterAll(() => world.close());

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error) => error,
  );

test("a workflow runs and gives its result", async () => {
  const result = await client.newWorkflow(Visit, { id: "c-1" }).run("Ann");
  expect(result).toBe("hello Ann");
  expectTypeOf(result).toEqualTypeOf<string>();
  expect(await client.newWorkflow(Visit).nothing()).toBeUndefined();
});

test("a workflow is dispatched, and its result waited for later", async () => {
  const flow = await client
    .newWorkflow(Visit, { id: "c-2", tags: ["vip"], meta: { by: "me" } })
    .dispatch.run("Ben");
  expectTypeOf(flow).toEqualTypeOf<MethodHandle<string>>();
  expect(flow).toMatchObject({ workflow: "Visit", workflowId: "c-2", methodId: "main" });
  expect(await flow.result()).toBe("hello Ben");
  expect(await client.getWorkflowById(Visit, "c-2").describe()).toMatchObject({
    tags: ["vip"],
    meta: { by: "me" },
  });
});

test("without an id every call starts an instance of its own", async () => {
  const visit = client.newWorkflow(Visit);
  const flows = await Promise.all([visit.dispatch.nothing(), visit.dispatch.nothing()]);
  expect(new Set(flows.map(({ workflowId }) => workflowId)).size).toBe(2);
});

test("TAG-03 the same id dispatched twice: a client waiting on the second gets the first's result", async () => {
  const visit = client.newWorkflow(Visit, { id: "c-3" });
  await visit.dispatch.run("first");
  const second = await visit.dispatch.run("second");
  expect(await second.result()).toBe("hello first");
});

test("an instance is signaled, queried, called, described and canceled by its id", async () => {
  await client.newWorkflow(Visit, { id: "c-4" }).dispatch.wait();
  const visit = client.getWorkflowById(Visit, "c-4");
  expect(await visit.run("Cleo")).toBe("hello Cleo");
  const again = await visit.dispatch.run("Dan");
  expect(await again.result()).toBe("hello Dan");
  const phase = await visit.query.phase("it is ");
  expectTypeOf(phase).toEqualTypeOf<string>();
  expect(phase).toBe("it is greeted");
  await visit.approved.send(true);
  expect(await visit.result()).toBe(true);
  expect(await visit.result({ methodId: again.methodId })).toBe("hello Dan");
  const whole = await visit.history();
  const page = await visit.history({ cursor: "1", limit: 2 });
  expect(page.records).toEqual(whole.records.slice(1, 3));
});

test("a failure is a WorkflowFailedError with its causes", async () => {
  const error = await caught(client.newWorkflow(Visit, { id: "c-5" }).fail());
  expect(error).toBeInstanceOf(WorkflowFailedError);
  expect(error).toMatchObject({
    code: "WORKFLOW_FAILED",
    workflow: "Visit",
    workflowId: "c-5",
    method: "fail",
    cause: { name: "RangeError", message: "no visitors today", cause: { message: "the door is stuck" } },
  });
  expect((error as Error).cause).toBeInstanceOf(RemoteError);
});

test("a task that failed for good is among the causes", async () => {
  const error = await caught(client.newWorkflow(Visit).run("nobody"));
  expect(error).toMatchObject({
    name: "WorkflowFailedError",
    cause: { name: "TaskFailedError", service: "Desk", method: "greet", cause: { name: "TypeError" } },
  });
});

test("ERR-01 cancelling a waiting workflow: the client gets WorkflowCanceledError", async () => {
  const flow = await client.newWorkflow(Visit, { id: "c-6" }).dispatch.wait();
  const waiting = caught(flow.result());
  await client.getWorkflowById(Visit, "c-6").cancel();
  expect(await waiting).toMatchObject({ name: "WorkflowCanceledError", workflowId: "c-6" });
});

test("a handle cancels its own method only", async () => {
  await client.newWorkflow(Visit, { id: "c-7" }).dispatch.wait();
  const second = await client.getWorkflowById(Visit, "c-7").dispatch.wait();
  await second.cancel();
  expect(await caught(second.result())).toMatchObject({ code: "WORKFLOW_CANCELED" });
  expect((await client.getWorkflowById(Visit, "c-7").describe()).status).toBe("running");
});

test("a method called on an instance that has ended: WorkflowEndedError", async () => {
  await client.newWorkflow(Visit, { id: "c-8" }).nothing();
  const error = await caught(client.getWorkflowById(Visit, "c-8").run("late"));
  expect(error).toMatchObject({ name: "WorkflowEndedError", workflowId: "c-8" });
});

test("TMO-02 a wait over its timeout: WorkflowTimedOutError, and the instance goes on", async () => {
  const started = client.newWorkflow(Visit, { id: "c-9", timeout: "50ms" }).wait();
  expect(await caught(started)).toMatchObject({ name: "WorkflowTimedOutError", workflowId: "c-9" });
  const visit = client.getWorkflowById(Visit, "c-9", { timeout: 50 });
  expect(await caught(visit.result())).toMatchObject({ code: "WORKFLOW_TIMED_OUT" });
  await visit.approved.send(false);
  expect(await visit.result({ timeout: "20s" })).toBe(false);
});

test("problems are errors of the catalogue", async () => {
  const unknown = client.getWorkflowById(Visit, "nobody");
  expect(await caught(unknown.describe())).toMatchObject({
    name: "WorkflowUnknownError",
    workflowId: "nobody",
  });
  await client.newWorkflow(Visit, { id: "c-10" }).dispatch.wait();
  const visit = client.getWorkflowById(Visit, "c-10");
  await visit.nothing();
  expect(await caught(visit.query.broken())).toMatchObject({
    code: "QUERY_FAILED",
    cause: { name: "RangeError" },
  });
  const tooLarge = client.newWorkflow(Visit).dispatch.run("x".repeat(6_000_000));
  expect(await caught(tooLarge)).toMatchObject({ code: "BODY_TOO_LARGE" });
});

test("wrong options and arguments are refused before anything is sent", async () => {
  for (const id of ["a/b", "..", "", "x".repeat(129)]) {
    expect(() => client.newWorkflow(Visit, { id })).toThrow(/expected a workflow id/);
    expect(() => client.getWorkflowById(Visit, id)).toThrow(/expected a workflow id/);
  }
  expect(() => new InfiniticClient({ url: "nowhere" })).toThrow(/expected the url/);
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const call = client.newWorkflow(Visit).dispatch.run(cyclic as never);
  expect(await caught(call)).toMatchObject({ code: "INVALID_ARGUMENT" });
});

test("what is no method, channel or query of the interface does not compile", () => {
  const visit = client.getWorkflowById(Visit, "c-11");
  // @ts-expect-error there is no such method
  expectTypeOf(visit.nope);
  // @ts-expect-error a query is asked through `query`
  expectTypeOf(visit.phase);
  // @ts-expect-error a method is no query
  expectTypeOf(visit.query.run);
  expectTypeOf(visit.approved).not.toBeFunction();
  expectTypeOf(visit.approved).toEqualTypeOf<{ send(signal: boolean): Promise<void> }>();
  expectTypeOf(visit.run).parameters.toEqualTypeOf<[name: string]>();
  expectTypeOf(visit.query.phase).parameters.toEqualTypeOf<Parameters<(prefix?: string) => string>>();
  expectTypeOf(client.newWorkflow(Visit)).not.toHaveProperty("approved");
});
