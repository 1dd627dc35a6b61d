import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { timer } from "../../lib/workflow/timer.ts";

interface Trip {
  run(): Promise<string>;
  beside(): Promise<string>;
}
const Trip = defineWorkflow<Trip>("Trip");

class TripV1 extends Workflow implements Trip {
  async run(): Promise<string> {
    void this.#branch();
    await timer("1m");
    return "done";
  }
  async beside(): Promise<string> {
    await timer("1h");
    return "well";
  }
  async #branch(): Promise<void> {
    await timer("1s");
    throw new RangeError(`late, and ${"long".repeat(1_000)}`);
  }
}

const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
  vi.spyOn(console, "error").mockImplementation((line) => lines.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
});

test.each(["as-needed", "always"] as const)(
  "EDG-35 an error that nobody awaits is told once, and stands in the description (replay %s)",
  async (replay) => {
    const system = await new TestSystem({ workflows: [workflowOf(Trip, TripV1)], replay }).start();
    const { client } = system;
    const flow = await client.newWorkflow(Trip).dispatch.run();
    const trip = client.getWorkflowById(Trip, flow.workflowId);
    expect(await system.until(trip.beside())).toBe("well");
    expect(await system.until(flow.result())).toBe("done");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { code: "UNCAUGHT_ERROR", workflow: "Trip", workflowId: flow.workflowId, method: "run" },
    ]);
    const { uncaught = [], status } = await trip.describe();
    expect(status).toBe("completed");
    expect(uncaught).toMatchObject([{ method: "run", failure: { name: "RangeError" } }]);
    expect(uncaught[0]?.failure.message).toHaveLength(500);
    await system.close();
  },
);
