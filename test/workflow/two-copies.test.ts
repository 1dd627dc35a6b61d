import { beforeEach, expect, test, vi } from "vitest";

/** Loads the library once more, as another bundle in the same process does. */
async function copy() {
  vi.resetModules();
  const { installGuards } = await import("../../lib/runtime/guards.ts");
  const { Execution } = await import("../../lib/runtime/execution.ts");
  const { Workflow } = await import("../../lib/runtime/workflow-class.ts");
  const { RecordedCommands } = await import("../../lib/core/model/recorded-commands.ts");
  installGuards();
  class Clock extends Workflow {
    run = async (): Promise<string> => {
      try {
        setTimeout(() => undefined, 0);
        return "unguarded";
      } catch {
        return `guarded at ${Date.now()}`;
      }
    };
  }
  const key = { workflow: "Clock", workflowId: "c", run: "r" };
  const script = new RecordedCommands([]);
  script.goLive();
  return new Execution(Clock, { key, version: 1, rules: 0, startedAt: 1, tags: [], meta: {} }, script);
}

beforeEach(() => vi.resetModules());

test("two copies of the library in one process each guard their own workflows", async () => {
  const executions = [await copy(), await copy()];
  const listeners = process.listeners("unhandledRejection");
  for (const execution of executions) {
    const { records } = await execution.deliver({
      kind: "method-started",
      at: 7,
      method: 0,
      methodId: "main",
      messageId: "r",
      name: "run",
      args: [],
    });
    expect(records).toEqual([{ kind: "method-completed", method: 0, value: "guarded at 7" }]);
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect(process.listeners("unhandledRejection")).toEqual(listeners);
});
