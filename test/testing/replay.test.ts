import "../workflow/captured.ts"; // first of all: before the guards

import { describe, expect, test } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf, type TestReplay, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { clock, random, uuid } from "../workflow/captured.ts";

interface Echo {
  say(word: string): Promise<string>;
}
const Echo = defineService<Echo>("Echo");

interface Steps {
  run(): Promise<readonly number[]>;
}
const Steps = defineWorkflow<Steps>("Steps");

/** Which build of the code ran after each await, counted from the first of the system. */
async function buildsSeen(replay?: TestReplay): Promise<readonly number[]> {
  let builds = 0;
  class StepsV1 extends Workflow implements Steps {
    readonly #build = ++builds;
    readonly #echo = newService(Echo);

    async run(): Promise<readonly number[]> {
      const seen = [this.#build];
      await this.#echo.say("a");
      seen.push(this.#build);
      await timer("1h");
      seen.push(this.#build);
      await this.#echo.say("b");
      return [...seen, this.#build];
    }
  }
  const system = await new TestSystem({
    workflows: [workflowOf(Steps, StepsV1)],
    services: [serviceOf(Echo, { say: async (word) => word })],
    ...(replay && { replay }),
  }).start();
  try {
    return await system.until(system.client.newWorkflow(Steps).run());
  } finally {
    await system.close();
  }
}

test("EDG-01 a test system keeps a workflow's code in memory between its steps, unless told", async () => {
  expect(await buildsSeen()).toEqual([1, 1, 1, 1]);
  expect(await buildsSeen("as-needed")).toEqual([1, 1, 1, 1]);
});

test("EDG-01 a test system that always replays builds a workflow's code anew in each step", async () => {
  expect(await buildsSeen("always")).toEqual([4, 4, 4, 4]);
});

let counter = 0;
/** As packages do that draw ids from a pool. */
const pool = Array.from({ length: 100 }, () => uuid());

describe("a value that a replay does not give again, and that no guard can see", () => {
  test.each<[string, () => unknown]>([
    ["performance.now, taken before the guards", clock],
    ["Math.random, taken before the guards", random],
    ["crypto.randomUUID, taken before the guards", uuid],
    ["a pool of ids", () => pool.pop()],
    ["a variable of a module", () => counter++],
  ])("EDG-30 is told by a test system that always replays: %s", async (_, take) => {
    class StepsV1 extends Workflow implements Steps {
      readonly #echo = newService(Echo);

      async run(): Promise<readonly number[]> {
        await this.#echo.say(String(take()));
        await this.#echo.say("again");
        return [];
      }
    }
    const system = await new TestSystem({
      workflows: [workflowOf(Steps, StepsV1)],
      services: [serviceOf(Echo, { say: async (word) => word })],
      replay: "always",
    }).start();
    const flow = await system.client.newWorkflow(Steps, { id: "s" }).dispatch.run();
    await expect(system.until(flow.result())).rejects.toMatchObject({
      code: "WORKFLOW_CHANGED",
      message: expect.stringContaining("Steps s: an instance has stopped: expected task Echo.say"),
    });
    await system.close();
  });
});
