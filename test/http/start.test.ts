import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const WAIT = { prefer: "wait=20" };
const call = (...args: Parameters<World["call"]>) => world.call(...args);
const start = (body: object, headers = {}) => call("POST", "/workflows/Visit", body, headers);

test("a custom id has one running instance, and a new run after its end", async () => {
  const first = await start({ customId: "desk 1", method: "wait" });
  const same = await start({ customId: "desk 1", method: "nothing" });
  expect(same.body.workflowId).toBe(first.body.workflowId);
  const path = `/workflows/Visit/${first.body.workflowId}`;
  await call("POST", `${path}/channels/approved`, { signal: true });
  expect((await call("GET", `${path}/result`, undefined, WAIT)).body.result).toBe(true);

  const again = await start({ customId: "desk 1", args: ["Ann"] }, WAIT);
  expect(again.body).toMatchObject({ workflowId: first.body.workflowId, result: "hello Ann" });
  expect(again.body.after).toBeDefined();
});

test("who did not wait for the new run finds its result, not that of the run before", async () => {
  await start({ customId: "desk 2", method: "nothing" }, WAIT);
  const { body } = await start({ customId: "desk 2", args: ["Ben"] });
  const path = `/workflows/Visit/${body.workflowId}/result?after=${body.after}`;
  expect((await call("GET", path, undefined, WAIT)).body.result).toBe("hello Ben");
});

test("a start of a custom id that is repeated with its Idempotency-Key finds its own run", async () => {
  const headers = { ...WAIT, "idempotency-key": "desk-3" };
  const first = await start({ customId: "desk 3", args: ["Cleo"] }, headers);
  const second = await start({ customId: "desk 3", args: ["Cleo"] }, headers);
  expect(second.body).toEqual(first.body);
  expect(world.greeted.filter((name) => name === "Cleo")).toHaveLength(1);
});

test("an id and a custom id together are refused", async () => {
  const { status, body } = await start({ id: "a", customId: "b" });
  expect([status, body.code]).toEqual([400, "INVALID_REQUEST"]);
});

test("a wait over its timeout answers timedOut, and the instance goes on", async () => {
  const { status, body } = await start({ id: "late", method: "wait", timeout: "30ms" }, WAIT);
  expect([status, body.status]).toEqual([200, "timedOut"]);
  const method = await call("POST", "/workflows/Visit/late/methods/wait", { timeout: 30 }, WAIT);
  expect([method.status, method.body.status]).toEqual([200, "timedOut"]);
  const statusNow = async () => (await call("GET", "/workflows/Visit/late")).body.status;
  await expect.poll(statusNow).toBe("running"); // its start may still be on its way
  expect((await start({ id: "late", method: "wait", timeout: "1h" }, { prefer: "wait=1" })).status).toBe(202);
});
