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
  const { body } = await call("GET", `/workflows/Visit/by-tag?tag=${encodeURIComponent(tag)}`);
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
  for (let search = "&limit=3"; search !== ""; ) {
    const { body } = await call("GET", `/workflows/Visit/by-tag?tag=page${search}`);
    expect(body.workflowIds?.length).toBeLessThanOrEqual(3);
    found.push(...(body.workflowIds ?? []));
    search = body.cursor === undefined ? "" : `&limit=3&cursor=${encodeURIComponent(body.cursor)}`;
  }
  expect(found.toSorted()).toEqual(ids);
});

test("a cursor that is none is the caller's mistake", async () => {
  const { status, body } = await call("GET", "/workflows/Visit/by-tag?tag=page&cursor=%7F");
  expect([status, body.code]).toEqual([400, "INVALID_REQUEST"]);
});

test("a signal by tag reaches every instance that has it, right after the start", async () => {
  for (const id of ["s-1", "s-2"]) await start(id, ["due"]);
  const answer = await call("POST", "/workflows/Visit/by-tag/channels/approved", {
    tag: "due",
    signal: true,
  });
  expect([answer.status, answer.body]).toEqual([202, { workflow: "Visit", tag: "due" }]);
  for (const id of ["s-1", "s-2"]) {
    expect((await call("GET", `/workflows/Visit/${id}/result`, undefined, WAIT)).body.result).toBe(true);
  }
});

test("a method by tag runs on each, under the id of the call", async () => {
  await start("m-1", ["met"]);
  const headers = { "idempotency-key": "greet-all" };
  await call("POST", "/workflows/Visit/by-tag/methods/run", { tag: "met", args: ["Ida"] }, headers);
  const { body } = await call("GET", "/workflows/Visit/m-1/result?methodId=greet-all", undefined, WAIT);
  expect(body.result).toBe("hello Ida");
});

test("EDG-63 a tag may be any text, also one that a URL means something by, or that a control has as its name", async () => {
  await start("vip-0", ["vip", "a", "50"]);
  const tags = [
    ...["vip/cancel?", "vip/cancel#", "50%", "50%25", "a/b", "a?b", "a%2Fb", "..", ".", "a b/c:d", "été"],
    ...["result", "history", "cancel", "methods", "channels", "a&tag=vip", "a,b", "\ud83d\ude00", "\u0000"],
  ];
  for (const [at, tag] of tags.entries()) {
    const id = `any-${at}`;
    await start(id, [tag]);
    await begun(id);
    expect([tag, await idsOf(tag)]).toEqual([tag, [id]]);
    expect((await call("POST", "/workflows/Visit/by-tag/retry", { tag })).status).toBe(202);
    expect((await call("POST", "/workflows/Visit/by-tag/cancel", { tag })).status).toBe(202);
    const { body } = await call("GET", `/workflows/Visit/${id}/result`, undefined, WAIT);
    expect(body.status).toBe("canceled");
  }
  expect((await call("GET", "/workflows/Visit/vip-0/result")).body.status).toBe("running");
});

test("EDG-63 a tag in a path, as it was before, works where nobody can read it as something else", async () => {
  await start("old-1", ["old:1"]);
  await begun("old-1");
  expect((await call("GET", "/workflows/Visit/by-tag/old:1")).body.workflowIds).toEqual(["old-1"]);
  expect((await call("POST", "/workflows/Visit/by-tag/old:1/cancel")).status).toBe(202);
  const { body } = await call("GET", "/workflows/Visit/old-1/result", undefined, WAIT);
  expect(body.status).toBe("canceled");
});

test("EDG-63 a path that a gateway has made of another tag does nothing to anybody", async () => {
  await start("vip-1", ["vip", "methods"]);
  await begun("vip-1");
  for (const tag of ["vip/cancel?", "vip/cancel?x=", "methods", "vip?", "vip%", "a/../vip", "%76ip%2"]) {
    const path = `/workflows/Visit/by-tag/${encodeURIComponent(tag)}`;
    for (const control of ["retry", "cancel"]) {
      if (tag === "vip?" && control === "cancel") continue; // decoded, this is `vip` with an odd query
      const { status } = await call("POST", `${path}/${control}`);
      expect([400, 404, 405], `${tag} ${control}`).toContain(status);
    }
  }
  expect((await call("GET", "/workflows/Visit/vip-1/result")).body.status).toBe("running");
});

test("EDG-63 a POST with a query that it has no use for is refused", async () => {
  const { status, body } = await call("POST", "/workflows/Visit/vip-0/cancel?/retry");
  expect([status, body.code]).toEqual([400, "INVALID_REQUEST"]);
});

test("no instance is named by-tag", async () => {
  const { status, body } = await call("POST", "/workflows/Visit", { id: "by-tag" });
  expect([status, body.code]).toEqual([400, "INVALID_REQUEST"]);
});
