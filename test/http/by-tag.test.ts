import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const WAIT = { prefer: "wait=20" };
const call = (...args: Parameters<World["call"]>) => world.call(...args);
const start = (id: string, tags: readonly string[]) =>
  call("POST", "/workflows/Visit", { id, method: "wait", tags });
const begun = (id: string) => call("POST", `/workflows/Visit/${id}/complete-timers`, {}, WAIT);
const idsOf = async (tag: string) => {
  const { body } = await call("GET", `/workflows/Visit/by-tag/${encodeURIComponent(tag)}`);
  return body.workflowIds?.toSorted();
};

test("the ids of a tag are those of the open instances that have it", async () => {
  for (const id of ["t-1", "t-2"]) await start(id, ["red", "blue", "red"]);
  await start("t-3", ["blue"]);
  for (const id of ["t-1", "t-2", "t-3"]) await begun(id);
  expect([await idsOf("red"), await idsOf("blue")]).toEqual([
    ["t-1", "t-2"],
    ["t-1", "t-2", "t-3"],
  ]);
  await call("POST", "/workflows/Visit/t-1/cancel", {}, WAIT);
  expect([await idsOf("red"), await idsOf("green")]).toEqual([["t-2"], []]);
});

test("an entry whose start came to nothing, or that another run has, is no open instance", async () => {
  await start("t-4", ["odd"]);
  await begun("t-4");
  await world.tagIndex.add([
    { workflow: "Visit", tag: "odd", workflowId: "t-4", run: "another" },
    { workflow: "Visit", tag: "odd", workflowId: "nobody", run: "never" },
  ]);
  expect(await idsOf("odd")).toEqual(["t-4"]);
});

test("ids come in pages", async () => {
  const ids = Array.from({ length: 7 }, (_, at) => `p-${at}`);
  for (const id of ids) await start(id, ["page"]);
  for (const id of ids) await begun(id);
  const found: string[] = [];
  for (let search = "?limit=3"; search !== ""; ) {
    const { body } = await call("GET", `/workflows/Visit/by-tag/page${search}`);
    expect(body.workflowIds?.length).toBeLessThanOrEqual(3);
    found.push(...(body.workflowIds ?? []));
    search = body.cursor === undefined ? "" : `?limit=3&cursor=${encodeURIComponent(body.cursor)}`;
  }
  expect(found.toSorted()).toEqual(ids);
});

test("a cursor that is none is the caller's mistake", async () => {
  const { status, body } = await call("GET", "/workflows/Visit/by-tag/page?cursor=%7F");
  expect([status, body.code]).toEqual([400, "INVALID_REQUEST"]);
});

test("a signal by tag reaches every instance that has it, right after the start", async () => {
  for (const id of ["s-1", "s-2"]) await start(id, ["due"]);
  const answer = await call("POST", "/workflows/Visit/by-tag/due/channels/approved", { signal: true });
  expect([answer.status, answer.body]).toEqual([202, { workflow: "Visit", tag: "due" }]);
  for (const id of ["s-1", "s-2"]) {
    expect((await call("GET", `/workflows/Visit/${id}/result`, undefined, WAIT)).body.result).toBe(true);
  }
});

test("a method by tag runs on each, under the id of the call", async () => {
  await start("m-1", ["met"]);
  const headers = { "idempotency-key": "greet-all" };
  await call("POST", "/workflows/Visit/by-tag/met/methods/run", { args: ["Ida"] }, headers);
  const { body } = await call("GET", "/workflows/Visit/m-1/result?methodId=greet-all", undefined, WAIT);
  expect(body.result).toBe("hello Ida");
});

test("a tag may be any text that a URL can hold; one that has a control's name too", async () => {
  for (const [at, tag] of ["a b/c:d", "été", "result", "history", "cancel"].entries()) {
    const id = `any-${at}`;
    await start(id, [tag]);
    await begun(id);
    expect(await idsOf(tag)).toEqual([id]);
    const path = `/workflows/Visit/by-tag/${encodeURIComponent(tag)}/cancel`;
    expect((await call("POST", path)).status).toBe(202);
    const { body } = await call("GET", `/workflows/Visit/${id}/result`, undefined, WAIT);
    expect(body.status).toBe("canceled");
  }
});

test("no instance is named by-tag", async () => {
  const { status, body } = await call("POST", "/workflows/Visit", { id: "by-tag" });
  expect([status, body.code]).toEqual([400, "INVALID_REQUEST"]);
});
