import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { drive, settle, until } from "../load/drive.ts";
import { LoadClient } from "../load/load-client.ts";
import { Outsider } from "../load/outsider.ts";
import { Watch } from "../load/watch.ts";
import { type ChaosOptions, type ChaosReport, leftIn, reportOf } from "./chaos-report.ts";
import { startChaosSystem } from "./chaos-system.ts";
import { Mischief } from "./mischief.ts";
import { planOf } from "./plan.ts";
import { ReadingsPublisher } from "./readings-publisher.ts";

/** Much longer than it takes; a machine that is too slow for the load works it off afterwards. */
const SETTLE_MINUTES = 10;

/** Runs a load in a system in which things go wrong, as a seed says, and judges what comes out. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { workflows, minutes, seed, directory } = options;
  await mkdir(directory, { recursive: true });
  const system = await startChaosSystem(directory);
  try {
    const watch = new Watch(system.outside.stateStore);
    const outsider = new Outsider(system.outside);
    const load = { client: new LoadClient(system.outside), outsider, watch };
    const publisher = new ReadingsPublisher({ ...system.outside, seed });
    const mischief = new Mischief(system, join(directory, "faults.jsonl"));
    const onTick = async (started: number): Promise<void> => publisher.publishUpTo(started);
    await Promise.all([
      mischief.run(planOf(seed, minutes)),
      drive(load, { seed, count: workflows, ms: minutes * 60_000, onTick }),
    ]);
    const calmAt = performance.now();
    const settleMs = (SETTLE_MINUTES + 2 * minutes) * 60_000;
    await settle(load, settleMs);
    await publisher.finish();
    const healedAfterSeconds = Math.round((performance.now() - calmAt) / 1_000);
    const isDone = await until(async () => (await leftIn(system)).length === 0, settleMs);
    const left = isDone ? [] : await leftIn(system);
    const ended = { watch, outsider, faults: mischief.tally, healedAfterSeconds, left };
    const report = await reportOf(system, options, ended);
    await writeFile(join(directory, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
    return report;
  } finally {
    await system.stopVictims();
    await system.stop();
  }
}
