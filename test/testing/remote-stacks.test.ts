import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TestSystem } from "../../lib/testing/test-system.ts";
import { Shop, startFailing, Trip, toldStacks } from "./stack-program.ts";

const ROOT = join(import.meta.dirname, "../..");

let system: TestSystem;
beforeEach(async () => {
  system = await startFailing();
});
afterEach(() => system.close());

/** What is thrown, and each cause below it. */
async function thrownBy(call: Promise<unknown>): Promise<readonly Error[]> {
  const errors: Error[] = [];
  let at: unknown = await system.until(call).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  for (; at instanceof Error; at = at.cause) errors.push(at);
  return errors;
}

const ofTask = /^RangeError: declined\n\s+at .*declineCard.*stack-program\.ts:\d+/;

describe("the error of a client that waits", () => {
  test("EDG-53 of a workflow that threw has the workflow's stack as its cause's, and its own", async () => {
    const [failed, cause] = await thrownBy(system.client.newWorkflow(Trip).own());
    expect(failed?.stack).toMatch(/^WorkflowFailedError: .*\n\s+at .*lib\/client\//);
    expect(cause?.stack).toMatch(/^Error: of the workflow\n\s+at .*failInWorkflow.*stack-program\.ts:\d+/);
  });

  test("EDG-53 of a workflow whose task failed has the task's stack below, and that of its cause", async () => {
    const names = ["WorkflowFailedError", "TaskFailedError", "RangeError", "TypeError"];
    const handle = await system.client.newWorkflow(Trip).dispatch.task();
    const errors = await thrownBy(handle.result());
    expect(errors.map(({ name }) => name)).toEqual(names);
    const [, task, cause, last] = errors;
    // Where it was rebuilt, in the client, would be taken for where it was thrown.
    expect(task?.stack).toBe("TaskFailedError: task Shop.pay failed");
    expect(cause?.stack).toMatch(ofTask);
    expect(last?.stack).toMatch(/^TypeError: no cover\n\s+at .*declineCard/);
  });

  test("EDG-53 of a workflow whose child failed has the child's", async () => {
    const errors = await thrownBy(system.client.newWorkflow(Trip).child());
    expect(errors.map(({ name }) => name)).toEqual(["WorkflowFailedError", "WorkflowFailedError", "Error"]);
    expect(errors.at(-1)?.stack).toContain("failInWorkflow");
  });

  test("EDG-53 of an AggregateError has that of each of its errors", async () => {
    const [, all] = await thrownBy(system.client.newWorkflow(Trip).any());
    const { errors } = all as AggregateError;
    expect(errors.map((error) => (error.cause as Error).stack)).toEqual([
      expect.stringMatching(ofTask),
      expect.stringMatching(ofTask),
    ]);
  });

  test("EDG-53 of a task without a workflow has the task's, awaited at once and by its handle", async () => {
    const task = await system.client.newService(Shop).dispatch.pay();
    const [, byHandle] = await thrownBy(task.result());
    expect(byHandle?.stack).toMatch(ofTask);
    const [, atOnce] = await thrownBy(system.client.newService(Shop).pay());
    expect(atOnce?.stack).toMatch(ofTask);
    expect((await task.describe()).error?.stack).toMatch(ofTask);
  });

  test("EDG-53 of a delegated task has that of whoever failed it", async () => {
    const task = await system.client.newService(Shop).dispatch.ask();
    const isDelegated = async () => (await task.describe().catch(() => undefined))?.delegated;
    await system.until(expect.poll(isDelegated).toBe(true));
    await system.client.failTask(task.taskId, new RangeError("outside"));
    const [, cause] = await thrownBy(task.result());
    expect(cause?.stack).toMatch(/^RangeError: outside\n\s+at .*remote-stacks\.test\.ts/);
  });

  test("EDG-53 of what is no error has no stack of somebody else", async () => {
    const [, , cause] = await thrownBy(system.client.newWorkflow(Trip).said());
    expect(cause?.stack).toBe("Error: a text");
  });
});

test("EDG-53 a bundle with a source map tells the sources, where Node.js is told to read the map", async () => {
  const folder = await mkdtemp(join(tmpdir(), "stacks-"));
  const outfile = join(folder, "bundle.mjs");
  await build({
    absWorkingDir: ROOT,
    entryPoints: ["test/testing/stack-program.ts"],
    outfile,
    bundle: true,
    minify: true,
    keepNames: true,
    sourcemap: "linked",
    sourcesContent: false,
    platform: "node",
    format: "esm",
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
  });
  const script = `const { toldStacks } = await import(${JSON.stringify(outfile)}); console.log(JSON.stringify(await toldStacks()));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
    env: { ...process.env, NODE_OPTIONS: "--enable-source-maps" },
  });
  await rm(folder, { recursive: true });
  const stacks = JSON.parse(stdout) as readonly string[];
  expect(stacks).toHaveLength((await toldStacks()).length);
  const told = stacks.filter((stack) => /^(Error: of the workflow|RangeError)/.test(stack));
  expect(told).toEqual([
    expect.stringMatching(/failInWorkflow.*test\/testing\/stack-program\.ts:\d+/),
    expect.stringMatching(/declineCard.*test\/testing\/stack-program\.ts:\d+/),
  ]);
});
