import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { customWorkflowId } from "../../lib/core/values/ids.ts";
import { apiHandler } from "../../lib/http/api-handler.ts";
import { fetchHandler } from "../../lib/http/fetch-handler.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { query } from "../../lib/workflow/query.ts";
import { caller, startWorld, Visit, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const WAIT = { prefer: "wait=20" };
const call = (...args: Parameters<World["call"]>) => world.call(...args);
const start = (body: object, headers: { readonly [name: string]: string } = {}) =>
  call("POST", "/workflows/Visit", body, headers);
const pathOf = (customId: string) => `/workflows/Visit/${customWorkflowId("Visit", customId)}`;

describe("EDG-61 a run of a custom id is known when another has begun:", () => {
  const lives = async (customId: string) => {
    const first = await start({ customId, args: ["Ann"] }, WAIT);
    const second = await start({ customId, args: ["Ben"] }, WAIT);
    return { first: first.body.run, second: second.body.run, path: pathOf(customId) };
  };

  test("its result is its own", async () => {
    const { first, second, path } = await lives("r-1");
    expect(first).not.toBe(second);
    for (const [run, result] of [
      [first, "hello Ann"],
      [second, "hello Ben"],
    ]) {
      const { status, body } = await call("GET", `${path}/result?run=${run}`, undefined, WAIT);
      expect([status, body]).toMatchObject([200, { status: "completed", run, result }]);
    }
    const { body } = await call("GET", `${path}/result`);
    expect(body).toMatchObject({ run: second, result: "hello Ben" });
  });

  test("a canceled one stays canceled", async () => {
    const { body } = await start({ customId: "r-2", method: "wait" });
    await call("POST", `${pathOf("r-2")}/cancel`, {}, WAIT);
    await start({ customId: "r-2", args: ["Ben"] }, WAIT);
    const old = await call("GET", `${pathOf("r-2")}/result?run=${body.run}`);
    expect([old.status, old.body.status]).toEqual([200, "canceled"]);
  });

  test("what else was known of it is gone, and nothing reaches the other run in its place", async () => {
    const { first, path } = await lives("r-3");
    const { body } = await start({ customId: "r-3", method: "wait" });
    for (const [method, part] of [
      ["GET", ""],
      ["GET", "/history"],
      ["GET", "/queries/phase"],
      ["GET", "/result?methodId=other"],
      ["POST", "/cancel"],
      ["POST", "/complete-timers"],
      ["POST", "/channels/approved"],
      ["POST", "/methods/nothing"],
    ] as const) {
      const address = `${path}${part}${part.includes("?") ? "&" : "?"}run=${first}`;
      const answer = await call(method, address, method === "POST" ? {} : undefined);
      expect([part, answer.status, answer.body.code]).toEqual([part, 409, "WORKFLOW_ENDED"]);
    }
    const alive = await call("POST", `${path}/channels/approved?run=${body.run}`, { signal: true }, WAIT);
    expect(alive.status).toBe(200);
    const ended = await call("GET", `${path}/result?run=${body.run}`, undefined, WAIT);
    expect(ended.body.result).toBe(true);
  });

  test("a start that met a living run means that one, for good", async () => {
    const living = await start({ customId: "r-4", method: "wait" });
    const met = await start({ customId: "r-4", args: ["Ben"] });
    const address = `${pathOf("r-4")}/result?run=${met.body.run}`;
    await call("POST", `${pathOf("r-4")}/channels/approved`, { signal: true });
    const outcome = await call("GET", address, undefined, WAIT);
    expect(outcome.body).toMatchObject({ run: living.body.run, result: true });
    await start({ customId: "r-4", args: ["Cleo"] }, WAIT);
    expect((await call("GET", address, undefined, WAIT)).body).toEqual(outcome.body);
  });

  test("an address that the API has given knows its run", async () => {
    const first = await start({ customId: "r-5", method: "nothing" }, WAIT);
    await start({ customId: "r-5", method: "nothing" }, WAIT);
    const location = first.headers.get("location") ?? "";
    expect(location).toBe(`${pathOf("r-5")}?run=${first.body.run}`);
    expect((await call("GET", location)).body.code).toBe("WORKFLOW_ENDED");
  });

  test("a run that nobody has begun is unknown", async () => {
    await lives("r-6");
    for (const run of ["never", "0199d5a0-0000-7000-8000-000000000000"]) {
      const { status, body } = await call("GET", `${pathOf("r-6")}/result?run=${run}`);
      expect([status, body.code]).toEqual([404, "WORKFLOW_UNKNOWN"]);
    }
  });
});

test("EDG-61 of an id that exists, each start means the instance that has it", async () => {
  const first = await start({ id: "same", args: ["Ann"] }, WAIT);
  const second = await start({ id: "same", args: ["Ben"] });
  const address = `/workflows/Visit/same/result?run=${second.body.run}`;
  expect((await call("GET", address, undefined, WAIT)).body).toEqual(first.body);
});

class VisitV1 extends Workflow implements Visit {
  readonly approved = channel<boolean>();
  readonly phase = query(() => "here");
  readonly broken = query(() => "no");
  async run(name: string): Promise<string> {
    return `hello ${name}`;
  }
  async wait(): Promise<boolean> {
    return this.approved.receive();
  }
  async fail(): Promise<never> {
    throw new RangeError("no");
  }
  async nothing(): Promise<void> {}
}
const DAY = 86_400_000;

describe("EDG-61 a handle knows its run", () => {
  const system = new TestSystem({ workflows: [workflowOf(Visit, VisitV1)] });
  const { client } = system;
  beforeAll(() => system.start());
  afterAll(() => system.close());

  test.each([
    ["text", "Ann"],
    ["text that is a payload", "A".repeat(400_000)],
  ])("of a custom id, with a result that is a %s", async (title, name) => {
    const options = { customId: title };
    const first = await client.newWorkflow(Visit, options).dispatch.run(name);
    expect(await system.until(first.result())).toBe(`hello ${name}`);
    const second = await client.newWorkflow(Visit, options).dispatch.run("Ben");
    expect(await system.until(second.result())).toBe("hello Ben");
    expect(await system.until(first.result())).toBe(`hello ${name}`);
    expect(first.run).not.toBe(second.run);
  });

  test("and cancels no other", async () => {
    const options = { customId: "canceled" };
    const first = await client.newWorkflow(Visit, options).dispatch.run("Ann");
    await system.until(first.result());
    const second = await client.newWorkflow(Visit, options).dispatch.wait();
    await system.until(system.parts.clock.sleep(100));
    await expect(first.cancel()).rejects.toMatchObject({ code: "WORKFLOW_ENDED" });
    await client.getWorkflowByCustomId(Visit, "canceled").approved.send(true);
    expect(await system.until(second.result())).toBe(true);
  });

  test("of an id that is started again once its retention is over", async () => {
    const first = await client.newWorkflow(Visit, { id: "twice" }).dispatch.run("Ann");
    await system.until(first.result());
    await system.until(system.parts.clock.sleep(40 * DAY));
    const second = await client.newWorkflow(Visit, { id: "twice" }).dispatch.run("Ben");
    expect(await system.until(second.result())).toBe("hello Ben");
    await expect(system.until(first.result())).rejects.toMatchObject({ code: "WORKFLOW_ENDED" });
  });
});

describe("EDG-64 a start that was accepted is known before any function has seen it:", () => {
  const waiting = async () => {
    const { invoker, ...rest } = await startWorld({ broker: { publish: async () => "1" } });
    return { invoker, ...rest };
  };
  const another = ({ stateStore, payloadStore, tagIndex, idempotencyKeys, pastRuns, ...parts }: World) =>
    caller(
      fetchHandler(
        apiHandler({
          ...{ stateStore, payloadStore, tagIndex, idempotencyKeys, pastRuns },
          ...{ broker: parts.broker, invoker: parts.invoker, clock: parts.clock },
          workflows: { Visit: { functionName: "visit" } },
        }),
      ),
    );

  test.each([
    ["an id", { id: "a-1", method: "wait", tags: ["vip"], meta: { by: "me" } }],
    ["a custom id", { customId: "a-2", method: "wait", tags: ["vip"], meta: { by: "me" } }],
    ["no id", { method: "wait", tags: ["vip"], meta: { by: "me" } }],
  ])("of %s", async (_title, body) => {
    const idle = await waiting();
    const started = await idle.call("POST", "/workflows/Visit", body);
    expect(started).toMatchObject({ status: 202, body: { status: "accepted" } });
    const { run, workflowId } = started.body;
    const path = `/workflows/Visit/${workflowId}`;
    for (const search of ["", `?run=${run}`]) {
      expect(await idle.call("GET", `${path}${search}`)).toMatchObject({
        status: 200,
        body: { workflowId, run, status: "accepted", tags: ["vip"], meta: { by: "me" }, methods: [] },
      });
      for (const part of ["/result", "/queries/phase"]) {
        const answer = await idle.call("GET", `${path}${part}${search}`);
        expect([part, answer.status, answer.body.status]).toEqual([part, 202, "accepted"]);
      }
      expect(await idle.call("GET", `${path}/history${search}`)).toMatchObject({ body: { records: [] } });
    }
    await idle.close();
  });

  test("by its run in any process of the API, whatever its key is", async () => {
    const idle = await waiting();
    for (const headers of [{}, { "idempotency-key": "order-1" }]) {
      const { body } = await idle.call("POST", "/workflows/Visit", { method: "wait" }, headers);
      const path = `/workflows/Visit/${body.workflowId}`;
      const { body: described } = await another(idle)("GET", `${path}?run=${body.run}`);
      expect(described).toMatchObject({ status: "accepted", run: body.run });
      const result = await another(idle)("GET", `${path}/result?run=${body.run}`);
      expect([result.status, result.body.status]).toEqual([202, "accepted"]);
    }
    await idle.close();
  });

  test("until it has begun: then it is described as it is", async () => {
    const { body, headers } = await start({ id: "a-4", method: "wait" });
    expect(body.status).toBe("accepted");
    const status = async () => (await call("GET", headers.get("location") ?? "")).body.status;
    await expect.poll(status).toBe("running");
  });

  test("but not one that the broker has refused, nor one that nobody has sent", async () => {
    const broken = await startWorld({ broker: { publish: () => Promise.reject(new Error("gone")) } });
    await broken.call("POST", "/workflows/Visit", { id: "a-5" });
    expect((await broken.call("GET", "/workflows/Visit/a-5")).status).toBe(404);
    expect((await broken.call("GET", "/workflows/Visit/a-6")).status).toBe(404);
    await broken.close();
  });

  test("and so the typed client's query waits until the instance has begun", async () => {
    const system = new TestSystem({ workflows: [workflowOf(Visit, VisitV1)] });
    const flow = await system.client.newWorkflow(Visit, { id: "a-7" }).dispatch.wait();
    expect(await system.client.getWorkflowById(Visit, "a-7").describe()).toMatchObject({
      status: "accepted",
    });
    const phase = system.client.getWorkflowById(Visit, "a-7").query.phase();
    await system.start();
    expect(await system.until(phase)).toBe("here");
    await system.client.getWorkflowById(Visit, "a-7").approved.send(true);
    expect(await system.until(flow.result())).toBe(true);
    await system.close();
  });

  test("a start that nobody takes in is expected for a week", async () => {
    const system = new TestSystem({ workflows: [workflowOf(Visit, VisitV1)] });
    await system.client.newWorkflow(Visit, { id: "a-8" }).dispatch.wait();
    const flow = system.client.getWorkflowById(Visit, "a-8");
    await system.until(system.parts.clock.sleep(6 * DAY));
    expect((await flow.describe()).status).toBe("accepted");
    await system.until(system.parts.clock.sleep(DAY));
    await expect(flow.describe()).rejects.toMatchObject({ code: "WORKFLOW_UNKNOWN" });
    await system.close();
  });
});
