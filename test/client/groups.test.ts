import { afterAll, beforeAll, expect, test } from "vitest";
import { InfiniticClient } from "../../lib/client/client.ts";
import { startWorld, Visit, type World } from "../http/world.ts";

let world: World;
let client: InfiniticClient;
beforeAll(async () => {
  world = await startWorld();
  client = new InfiniticClient({ url: "http://api/", fetch: world.fetch });
});
afterAll(() => world.close());

const open = async (id: string, tag: string): Promise<void> => {
  await client.newWorkflow(Visit, { id, tags: [tag] }).dispatch.wait();
  const status = async () => {
    const described = await client
      .getWorkflowById(Visit, id)
      .describe()
      .catch(() => undefined);
    return described?.status;
  };
  await expect.poll(status, { timeout: 20_000, interval: 5 }).toBe("running");
};

test("the instances of a tag are named, called, signaled and canceled together", async () => {
  for (const id of ["g-1", "g-2", "g-3"]) await open(id, "a tag/1");
  const group = client.getWorkflowByTag(Visit, "a tag/1");
  expect((await group.ids()).toSorted()).toEqual(["g-1", "g-2", "g-3"]);
  expect(await group.run("Ann")).toBeUndefined();
  expect(await group.dispatch.nothing()).toBeUndefined();
  await client.getWorkflowById(Visit, "g-3").cancel();
  await group.approved.send(true);
  for (const id of ["g-1", "g-2"]) expect(await client.getWorkflowById(Visit, id).result()).toBe(true);
  await group.retry();
  await group.retryTasks({ status: "failed" });
  await group.completeTimers();
  await group.cancel();
  await expect.poll(() => group.ids(), { timeout: 20_000, interval: 5 }).toEqual([]);
});

test("EDG-63 what a gateway may read as another path is sent by no call", async () => {
  const paths: string[] = [];
  const watched = new InfiniticClient({
    url: "http://api",
    fetch: async (url) => {
      paths.push(new URL(url).pathname);
      return new Response('{"workflowIds":[]}', { status: 202 });
    },
  });
  for (const text of ["vip/cancel?", "50%", "a/b", "a?b", "#", "..", "a b"]) {
    const group = watched.getWorkflowByTag(Visit, text);
    await group.cancel();
    await group.approved.send(true);
    await group.run("Ann");
    await group.ids();
    for (const task of [() => watched.getTask(text).describe(), () => watched.completeTask(text)])
      await expect(task()).rejects.toMatchObject({ code: "TASK_UNKNOWN" });
    expect(() => watched.getWorkflowById(Visit, text)).toThrow(/expected a workflow id/);
    await watched.getWorkflowByCustomId(Visit, text).cancel();
  }
  expect(new Set(paths.map((path) => path.replace(/[0-9a-f]{32}/, "hash")))).toEqual(
    new Set([
      "/workflows/Visit/by-tag/cancel",
      "/workflows/Visit/by-tag/channels/approved",
      "/workflows/Visit/by-tag/methods/run",
      "/workflows/Visit/by-tag",
      "/workflows/Visit/hash/cancel",
    ]),
  );
});

test("a tag that is none is refused, as are an id that the API has for itself, and two ids", () => {
  for (const tag of ["", "x".repeat(129)]) {
    expect(() => client.getWorkflowByTag(Visit, tag)).toThrow(/expected a tag/);
  }
  expect(() => client.getWorkflowById(Visit, "by-tag")).toThrow(/expected a workflow id/);
  expect(() => client.newWorkflow(Visit, { id: "a", customId: "b" })).toThrow(/got both/);
});

test("a custom id is one running instance; a handle of the next run waits for that run", async () => {
  const visit = client.newWorkflow(Visit, { customId: "Ann & co" });
  const first = await visit.dispatch.wait();
  const same = await visit.dispatch.nothing();
  expect(same.workflowId).toBe(first.workflowId);
  await client.getWorkflowByCustomId(Visit, "Ann & co").approved.send(true);
  expect(await same.result()).toBe(true);
  const next = await visit.dispatch.run("Ben");
  expect(next.workflowId).toBe(first.workflowId);
  expect(await next.result()).toBe("hello Ben");
  expect(await visit.run("Cleo")).toBe("hello Cleo");
});

test("instances are listed in pages", async () => {
  for (const id of ["list-1", "list-2", "list-3"]) await open(id, "listed");
  const ids: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await client.listWorkflows({
      workflow: Visit,
      status: "running",
      limit: 2,
      to: new Date(Date.now() + 60_000),
      ...(cursor !== undefined && { cursor }),
    });
    ids.push(...page.instances.map(({ workflowId }) => workflowId));
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  expect(ids).toEqual(expect.arrayContaining(["list-1", "list-2", "list-3"]));
  const tagged = await client.listWorkflows({ tag: "listed" });
  expect(tagged.instances).toHaveLength(3);
});
