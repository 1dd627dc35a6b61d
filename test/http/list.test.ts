import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
  for (const id of ["l-1", "l-2", "l-3", "l-4", "l-5"]) {
    await call("POST", "/workflows/Visit", { id, method: "wait", tags: ["listed", id] });
    await call("POST", `/workflows/Visit/${id}/complete-timers`, {}, WAIT);
  }
  await call("POST", "/workflows/Visit/l-2/cancel", {}, WAIT);
  await call("POST", "/workflows/Visit", { id: "l-6", method: "nothing" }, WAIT);
});
afterAll(() => world.close());

const WAIT = { prefer: "wait=20" };
const call = (...args: Parameters<World["call"]>) => world.call(...args);

async function listed(search: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let cursor = ""; ; ) {
    const { status, body } = await call("GET", `/workflows?${search}${cursor}`);
    expect(status).toBe(200);
    ids.push(...(body.instances ?? []).map(({ workflowId }) => workflowId));
    if (body.cursor === undefined) return ids;
    cursor = `&cursor=${encodeURIComponent(body.cursor)}`;
  }
}

test("instances are listed newest first, in pages, of every workflow and status", async () => {
  const { body } = await call("GET", "/workflows");
  const startedAt = (body.instances ?? []).map(({ startedAt }) => startedAt);
  expect(startedAt).toHaveLength(6);
  expect(startedAt).toEqual(startedAt.toSorted((one, other) => other - one));
  const ids = (body.instances ?? []).map(({ workflowId }) => workflowId);
  for (const limit of [1, 2, 5, 6]) expect(await listed(`limit=${limit}`)).toEqual(ids);
});

test("they are chosen by workflow, status, time and tag", async () => {
  expect((await listed("workflow=Visit&status=running")).toSorted()).toEqual(["l-1", "l-3", "l-4", "l-5"]);
  expect(await listed("status=canceled")).toEqual(["l-2"]);
  expect(await listed("status=failed")).toEqual([]);
  expect((await listed("tag=listed&limit=2")).toSorted()).toEqual(["l-1", "l-3", "l-4", "l-5"]);
  expect(await listed("tag=l-2")).toEqual([]);
  expect(await listed("to=2020-01-01T00:00:00Z")).toEqual([]);
  expect(await listed("tag=listed&from=9999999999999")).toEqual([]);
  expect(await listed("from=2020-01-01&to=9999999999999")).toHaveLength(6);
});

test.each([
  "workflow=Nope",
  "status=odd",
  "from=soon",
  "limit=0",
  "limit=101",
  "cursor=%7F",
  "tag=listed&cursor=x",
])("%s is the caller's mistake", async (search) => {
  const { status, body } = await call("GET", `/workflows?${search}`);
  expect([status, body.code]).toEqual(
    search === "workflow=Nope" ? [404, "UNKNOWN_WORKFLOW"] : [400, "INVALID_REQUEST"],
  );
});

test("without a list, instances cannot be listed but by tag", async () => {
  const unlisted = await startWorld({ instanceList: undefined });
  const { status, body } = await unlisted.call("GET", "/workflows");
  expect([status, body.code, body.detail]).toEqual([501, "UNKNOWN_ROUTE", expect.stringContaining("list")]);
  expect((await unlisted.call("GET", "/workflows?tag=listed")).status).toBe(200);
  await unlisted.close();
});
