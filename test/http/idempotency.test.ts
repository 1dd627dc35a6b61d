import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InfiniticClient } from "../../lib/client/client.ts";
import { isOneTimeKey, oneTimeKey } from "../../lib/core/values/timed-id.ts";
import { apiHandler } from "../../lib/http/api-handler.ts";
import { fetchHandler } from "../../lib/http/fetch-handler.ts";
import { type Answered, caller, startWorld, Visit, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const WAIT = { prefer: "wait=20" };
const post = (path: string, body: object, key: string, headers: object = {}) =>
  world.call("POST", path, body, { ...headers, "idempotency-key": key });
const start = (id: string, method = "wait", headers = {}) =>
  world.call("POST", "/workflows/Visit", { id, method }, headers);
const result = (id: string, search = "") =>
  world.call("GET", `/workflows/Visit/${id}/result${search}`, undefined, WAIT);
const expectReused = ({ status, body }: Answered) =>
  expect([status, body.code]).toEqual([422, "IDEMPOTENCY_KEY_REUSED"]);

describe("EDG-13 one Idempotency-Key on two calls:", () => {
  test("a start and a signal", async () => {
    await post("/workflows/Visit", { id: "i-1", method: "wait" }, "k-1");
    await post("/workflows/Visit/i-1/channels/approved", { signal: true }, "k-1");
    expect((await result("i-1")).body.result).toBe(true);
  });

  test("a start and a cancel", async () => {
    await post("/workflows/Visit", { id: "i-2", method: "wait" }, "k-2");
    const { body } = await post("/workflows/Visit/i-2/cancel", {}, "k-2", WAIT);
    expect(body.status).toBe("canceled");
  });

  test("a start and a method", async () => {
    await post("/workflows/Visit", { id: "i-3", method: "wait" }, "k-3");
    const { body } = await post("/workflows/Visit/i-3/methods/run", { args: ["Ann"] }, "k-3", WAIT);
    expect(body.result).toBe("hello Ann");
  });

  test("two methods of an instance, each with an id of its own", async () => {
    await start("i-4");
    const run = await post("/workflows/Visit/i-4/methods/run", { args: ["Ben"] }, "k-4", WAIT);
    const nothing = await post("/workflows/Visit/i-4/methods/nothing", {}, "k-4", WAIT);
    expect([run.body.result, nothing.body.status]).toEqual(["hello Ben", "completed"]);
    for (const { body } of [run, nothing]) {
      expect((await result("i-4", `?methodId=${body.methodId}`)).body).toMatchObject(body);
    }
  });

  test("a method of an instance and the same of all that have its tag", async () => {
    await world.call("POST", "/workflows/Visit", { id: "i-5", method: "wait", tags: ["t-5"] });
    await post("/workflows/Visit/i-5/methods/run", { args: ["Dora"] }, "k-5", WAIT);
    await post("/workflows/Visit/by-tag/methods/run", { tag: "t-5", args: ["Dora"] }, "k-5");
    await expect.poll(() => world.greeted.filter((name) => name === "Dora")).toHaveLength(2);
  });

  test("two controls of an instance, and one of two instances", async () => {
    for (const id of ["i-6", "i-7"]) await start(id);
    await post("/workflows/Visit/i-6/complete-timers", {}, "k-6", WAIT);
    for (const id of ["i-6", "i-7"]) {
      const { body } = await post(`/workflows/Visit/${id}/cancel`, {}, "k-6", WAIT);
      expect(body.status).toBe("canceled");
    }
  });

  test("a task that is heard of, and then completed", async () => {
    const task = await post("/services/Desk/ask", { args: ["Cleo"] }, "k-8");
    const path = `/tasks/${encodeURIComponent(task.body.taskId ?? "")}`;
    const describe = async () => (await world.call("GET", path)).body;
    await expect.poll(describe).toMatchObject({ delegated: true });
    expect((await post(`${path}/heartbeat`, {}, "k-8", WAIT)).status).toBe(200);
    const { body } = await post(`${path}/complete`, { result: "yes" }, "k-8", WAIT);
    expect(body.status).toBe("completed");
  });
});

describe("EDG-13 one Idempotency-Key with two bodies on one operation is told, whichever api process is asked:", () => {
  const another = () => {
    const { broker, stateStore, payloadStore, tagIndex, idempotencyKeys, pastRuns, invoker, clock } = world;
    const stores = { stateStore, payloadStore, tagIndex, idempotencyKeys, pastRuns };
    const workflows = { Visit: { functionName: "visit" } };
    const setup = { broker, ...stores, invoker, clock, workflows, services: ["Desk"], runsTasks: true };
    return caller(fetchHandler(apiHandler(setup)));
  };

  test.each<[string, string, object, object]>([
    ["a start's", "/workflows/Visit", { id: "j-1", method: "wait" }, { id: "j-2", method: "wait" }],
    ["a signal's", "/workflows/Visit/j-0/channels/approved", { signal: true }, { signal: false }],
    ["a method's", "/workflows/Visit/j-0/methods/run", { args: ["Ann"] }, { args: ["Ben"] }],
    ["a cancel's", "/workflows/Visit/j-0/cancel", { methodId: "nobody" }, {}],
    ["a task's", "/services/Desk/ask", { args: ["Ann"] }, { args: ["Ann"], timeout: "1h" }],
    [
      "a signal's to a tag",
      "/workflows/Visit/by-tag/channels/approved",
      { tag: "j", signal: 1 },
      { tag: "j", signal: 2 },
    ],
  ])("%s", async (title, path, first, second) => {
    await start("j-0");
    const key = `j-${title.length}`;
    const headers = { "idempotency-key": key };
    expect((await post(path, first, key)).status).toBe(202);
    expectReused(await post(path, second, key));
    expectReused(await another()("POST", path, second, headers));
    expect((await another()("POST", path, first, headers)).status).toBe(202);
  });

  test("bodies that say the same are the same: in another order, with a default, with another wait", async () => {
    const same = [
      { id: "j-3", method: "wait", meta: { a: 1, b: 2 } },
      { meta: { b: 2, a: 1 }, args: [], method: "wait", id: "j-3", timeout: "1s" },
    ];
    for (const body of same) expect((await post("/workflows/Visit", body, "j-3")).status).toBe(202);
    expectReused(await post("/workflows/Visit", { id: "j-3", method: "wait", meta: { a: 2, b: 1 } }, "j-3"));
  });

  test("a body that was refused does not use the key up", async () => {
    expect((await post("/workflows/Visit", { args: 1 }, "j-4")).status).toBe(400);
    expect((await post("/workflows/Visit", { args: ["Ann"] }, "j-4")).status).toBe(202);
  });

  test("also after the first call has had its end", async () => {
    const path = "/workflows/Visit/j-5/methods/run";
    await start("j-5");
    const first = await post(path, { args: ["Ann"] }, "j-5", WAIT);
    expect((await post(path, { args: ["Ann"] }, "j-5", WAIT)).body).toEqual(first.body);
    expectReused(await post(path, { args: ["Ben"] }, "j-5", WAIT));
  });
});

test("EDG-13 one key for two tags, and for a tag at its old address, is as many calls as tags", async () => {
  const path = "/workflows/Visit/by-tag/channels/approved";
  for (const tag of ["one", "two", "one"])
    expect((await post(path, { tag, signal: tag }, "tags")).status).toBe(202);
  const old = "/workflows/Visit/by-tag/two/channels/approved";
  expect((await post(old, { signal: "two" }, "tags")).status).toBe(202);
  expectReused(await post(old, { signal: "three" }, "tags"));
});

test("EDG-13 a method may be asked for, and canceled, by the key that it was called with", async () => {
  await start("i-9");
  for (const key of ["k-9", "x".repeat(128)]) {
    const { body } = await post("/workflows/Visit/i-9/methods/wait", {}, key);
    const search = `?methodId=${key}`;
    await world.call("POST", "/workflows/Visit/i-9/cancel", { methodId: key }, WAIT);
    expect((await result("i-9", search)).body).toMatchObject({ status: "canceled" });
    expect((await result("i-9", `?methodId=${body.methodId}`)).body.status).toBe("canceled");
  }
  expect((await world.call("GET", "/workflows/Visit/i-9/result")).body.status).toBe("running");
});

test("EDG-13 the typed client's own keys, used for one call each, cost no record", async () => {
  const claimed: string[] = [];
  const { broker, stateStore, payloadStore, tagIndex, pastRuns, invoker, clock } = world;
  const handler = apiHandler({
    ...{ broker, stateStore, payloadStore, tagIndex, pastRuns, invoker, clock },
    workflows: { Visit: { functionName: "visit" } },
    idempotencyKeys: {
      claim: async (key, fingerprint) => {
        claimed.push(key);
        return { fingerprint, readUnits: 0, writeUnits: 1 };
      },
      has: async () => ({ isClaimed: false, readUnits: 1, writeUnits: 0 }),
    },
  });
  const client = new InfiniticClient({ url: "http://api", fetch: fetchHandler(handler) });
  const flow = await client.newWorkflow(Visit, { id: "i-10" }).dispatch.wait();
  await client.getWorkflowById(Visit, "i-10").approved.send(true);
  expect(await flow.result()).toBe(true);
  expect(claimed).toEqual([]);
  expect(isOneTimeKey(oneTimeKey(crypto.randomUUID(), Date.now()))).toBe(true);
  expect(isOneTimeKey(crypto.randomUUID())).toBe(false);
});
