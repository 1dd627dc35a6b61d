import { expect, test } from "vitest";
import type { HistoryRecord } from "../../lib/core/history.ts";
import { CURRENT_RULES } from "../../lib/core/rules.ts";
import { Instance } from "../../lib/engine/instance.ts";
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
  withRules(trip, rules);
  return trip;
}

/** Stores the instance as if it had begun under these rules. */
function withRules(trip: InstanceDriver, rules: number): void {
  const { key, v, instance } = trip as InstanceDriver & { v?: string };
  const tip = instance.tip();
  const tail = tip.tail.map(
    (record): HistoryRecord => (record.kind === "instance-started" ? { ...record, rules } : record),
  );
  trip.instance = new Instance(key, v, { ...tip, tail });
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
  withRules(trip, CURRENT_RULES);
  trip.now += 60_000;
  await trip.wake();
  expect(trip.result()).toEqual({ status: "completed", result: "slept" });
});
