import { setImmediate } from "node:timers/promises";
import { expect } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { scenariosWith } from "./scenario.ts";

interface Rounds {
  run(rounds: number): Promise<string>;
}
const Rounds = defineWorkflow<Rounds>("Rounds");

/** Ends the invocations that the system gave up: what is no sandbox is not ended by its timeout. */
let isOver = false;

class Endless extends Workflow implements Rounds {
  async run(rounds: number): Promise<string> {
    for (let round = 0; round !== rounds; round++) {
      if (isOver) throw new RangeError("over");
      await inline(() => setImmediate(), { timeout: "1h" }); // it is the function whose time is over first
    }
    return "done";
  }
}

class Repaired extends Workflow implements Rounds {
  async run(): Promise<string> {
    await inline(() => setImmediate());
    return "repaired";
  }
}

const scenario = scenariosWith({ workflows: [workflowOf(Rounds, Endless)], batchSize: 20 });

scenario(
  "ERR-31 a workflow that loops for ever, in a batch with nineteen others: they complete, it is stopped until it is repaired",
  async (stage) => {
    const { client, until, clock, system } = stage;
    isOver = false;
    await until(system.bridge.close());
    const endless = await client.newWorkflow(Rounds, { id: "endless" }).dispatch.run(-1);
    const others = await Promise.all(
      Array.from({ length: 19 }, () => client.newWorkflow(Rounds).dispatch.run(2)),
    );
    await stage.redeploy(workflowOf(Rounds, Endless)); // takes the twenty starts in one batch

    const results = await until(Promise.all(others.map((flow) => flow.result())));
    expect(results).toEqual(others.map(() => "done"));
    await until(clock.sleep(2 * 3_600_000)); // a function's timeout, over and over
    expect(await client.getWorkflowById(Rounds, "endless").describe()).toMatchObject({
      status: "stopped",
      stopped: { failure: { name: "InvocationDiedError" } },
    });

    await stage.redeploy(workflowOf(Rounds, Repaired));
    expect(await until(endless.result())).toBe("repaired");
    isOver = true;
  },
);
