import { expect, test } from "vitest";
import { CURRENT_RULES } from "../../lib/core/rules.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { Workflow } from "../../lib/workflow/workflow.ts";
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
