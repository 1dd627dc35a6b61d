import { expect, test } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/definition.ts";
import { serviceOf, type TestReplay, TestSystem, workflowOf } from "../../lib/testing/test-system.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { Workflow } from "../../lib/workflow/workflow.ts";

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
