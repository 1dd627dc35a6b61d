import { expect, test } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { CURRENT_RULES, RULES } from "../../lib/core/model/rules.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { workflowContext } from "../../lib/workflow/workflow-context.ts";
import { newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { InstanceDriver } from "./instance-driver.ts";

class Sleeper extends Workflow {
  async run() {
    await timer("1s");
    return "slept";
  }
}

/** The instance as a version of the engine that has these rules began it. */
async function begunUnder(rules: number): Promise<InstanceDriver> {
  const trip = new InstanceDriver(Sleeper);
  await trip.start();
  trip.follow(rules);
  return trip;
}

test("EDG-00 a run keeps the rules that it began under", async () => {
  const trip = await begunUnder(0);
  trip.now += 1_000;
  await trip.wake();
  expect(trip.result()).toEqual({ status: "completed", result: "slept" });
  expect(trip.instance.state?.rules).toBe(0);
});

test("EDG-00 a run that a later engine began is stopped, and goes on once that engine is back", async () => {
  const trip = await begunUnder(CURRENT_RULES + 1);
  trip.now += 1_000;
  await trip.wake();
  expect(trip.view?.stopped).toMatchObject({ failure: { name: "UnknownRulesError" } });
  trip.follow(CURRENT_RULES);
  trip.now += 60_000;
  await trip.wake();
  expect(trip.result()).toEqual({ status: "completed", result: "slept" });
});

interface Own {
  run(): Promise<string>;
  readonly word: Channel<string>;
}

/** Waits for its own end, once it is told to. */
class OwnV1 extends Workflow implements Own {
  readonly word = channel<string>();
  async run(): Promise<string> {
    await this.word.receive();
    const { workflow, workflowId } = workflowContext();
    return newWorkflow(defineWorkflow<Own>(workflow), { id: workflowId }).run();
  }
}

test.each([
  ["refused", "failed", CURRENT_RULES],
  ["what it was under the rules before: it waits for ever", "running", RULES.ownEndIsNotAwaited.number - 1],
])("EDG-42 waiting for oneself is %s", async (_, status, rules) => {
  const own = new InstanceDriver(OwnV1);
  await own.start();
  own.follow(rules);
  await own.signal("go");
  expect(own.instance.status).toBe(status);
  expect(own.instance.state?.rules).toBe(rules);
});
