/**
 * Runs workflows while processes are killed and frozen, servers restarted and connections cut; see
 * docs/reliability.md.
 *
 * npm run chaos -- --workflows 5000 --minutes 15 --seed 1     prints its report as JSON
 */
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runChaos } from "./run-chaos.ts";

const { values } = parseArgs({
  options: {
    workflows: { type: "string", default: "500" },
    minutes: { type: "string", default: "2" },
    seed: { type: "string", default: String(Math.floor(Date.now() / 1_000)) },
    /** For evidence; unless given, it is removed after a run that passes. */
    directory: { type: "string" },
  },
});
const workflows = Number(values.workflows);
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(Number.isInteger(workflows) && workflows > 0 && minutes > 0 && Number.isInteger(seed)))
  throw new RangeError(
    `expected --workflows, --minutes and --seed to be numbers, got ${JSON.stringify(values)}`,
  );

const directory = values.directory ?? join(tmpdir(), `infinitic-chaos-${seed}-${Date.now()}`);
console.error(`seed ${seed}; evidence in ${directory}`);
const report = await runChaos({ workflows, minutes, seed, directory });
console.log(JSON.stringify(report, null, 2));
if (report.isPassed && values.directory === undefined) await rm(directory, { recursive: true });
process.exit(report.isPassed ? 0 : 1);
