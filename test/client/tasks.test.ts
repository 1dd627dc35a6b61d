import { afterAll, beforeAll, expect, expectTypeOf, test } from "vitest";
import { InfiniticClient } from "../../lib/client/client.ts";
import type { TaskHandle } from "../../lib/client/task-handle.ts";
import { Desk, startWorld, type World } from "../http/world.ts";

let world: World;
let client: InfiniticClient;
beforeAll(async () => {
  world = await startWorld();
  client = new InfiniticClient({ url: "http://api/", fetch: world.fetch });
});
afterAll(() => world.close());

/** A task that is open until somebody completes or fails it. */
async function asked(name: string): Promise<TaskHandle<string>> {
  const task = await client.newService(Desk).dispatch.ask(name);
  const status = async () => (await task.describe().catch(() => undefined))?.delegated;
  await expect.poll(status, { timeout: 20_000, interval: 5 }).toBe(true);
  return task;
}

test("a task outside a workflow gives its result, or a handle at once", async () => {
  const result = await client.newService(Desk).greet("Ann");
  expectTypeOf(result).toEqualTypeOf<string>();
  expect(result).toBe("hello Ann");
  const task = await client.newService(Desk, { tags: ["vip"], meta: { by: "me" } }).dispatch.greet("Ben");
  expectTypeOf(task).toEqualTypeOf<TaskHandle<string>>();
  expect(await task.result()).toBe("hello Ben");
  expect(await task.describe()).toMatchObject({
    taskId: task.taskId,
    status: "completed",
    tags: ["vip"],
    meta: { by: "me" },
  });
});

test("a task that failed: TaskFailedError with the last attempt's error", async () => {
  await expect(client.newService(Desk).greet("nobody")).rejects.toMatchObject({
    name: "TaskFailedError",
    service: "Desk",
    method: "greet",
    cause: { name: "TypeError", message: "nobody is not a name" },
  });
});

test("a task over its overall timeout, and a wait over its own: TaskTimedOutError", async () => {
  const late = client.newService(Desk, { timeout: "50ms" });
  await expect(late.ask("late")).rejects.toMatchObject({ name: "TaskTimedOutError", method: "ask" });
  const task = await asked("slow");
  await expect(task.result({ timeout: "50ms" })).rejects.toMatchObject({ code: "TASK_TIMED_OUT" });
  expect((await task.describe()).status).toBe("running");
});

test("a delegated task is completed, failed or canceled by its id", async () => {
  const [completed, failed, canceled] = await Promise.all(["c", "f", "x"].map(asked));
  if (!completed || !failed || !canceled) throw new Error("expected three tasks");
  await client.heartbeat(completed.taskId);
  await client.completeTask(completed.taskId, "yes");
  expect(await completed.result()).toBe("yes");
  await client.failTask(failed.taskId, new RangeError("no"));
  await expect(failed.result()).rejects.toMatchObject({
    name: "TaskFailedError",
    cause: { name: "RangeError", message: "no" },
  });
  await canceled.cancel();
  await expect(canceled.result()).rejects.toMatchObject({ name: "TaskCanceledError", method: "ask" });
  await expect(client.completeTask(canceled.taskId)).rejects.toMatchObject({ code: "TASK_ENDED" });
});

test("an id that no task has: TASK_UNKNOWN", async () => {
  for (const taskId of ["none", "Visit:nobody:r:0.0"]) {
    await expect(client.getTask(taskId).describe()).rejects.toMatchObject({ code: "TASK_UNKNOWN" });
    await expect(client.heartbeat(taskId)).rejects.toMatchObject({ code: "TASK_UNKNOWN" });
  }
});
