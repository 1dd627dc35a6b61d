/**
 * Prints what a workflow of three tasks costs on AWS: measures counts and processor time on this machine, and
 * multiplies them with list prices.
 *
 * `npm run costs` measures; `-- --recorded` takes the measurement that is kept with the code, `-- --record` replaces it
 * and the tables in `docs/costs.md`; `--json <file>` writes all of it as one JSON object.
 */
import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { Bill } from "./bill.ts";
import { count } from "./counts.ts";
import { measureCpu } from "./measure-cpu.ts";
import { keepMeasurement, type Measurement, readMeasurement } from "./measurement.ts";
import { writePage } from "./page.ts";
import { PRICES } from "./prices.ts";
import { tablesOf } from "./tables.ts";

const { values } = parseArgs({
  options: { json: { type: "string" }, record: { type: "boolean" }, recorded: { type: "boolean" } },
});

async function measure(): Promise<Measurement> {
  process.stderr.write("Measuring: a minute or so\n");
  const machine = `${availableParallelism()} × ${cpus()[0]?.model.trim()}, Node ${process.version}`;
  const measuredOn = new Date().toISOString().slice(0, 10);
  return { measuredOn, machine, counts: await count(), cpuMs: await measureCpu() };
}

const measured = values.recorded ? readMeasurement() : await measure();
if (values.record) {
  keepMeasurement(measured);
  writePage(measured);
}
process.stdout.write(`${tablesOf(measured)}\n`);
if (values.json !== undefined) {
  const all = { ...measured, prices: PRICES, usdForAMillion: new Bill(measured).report };
  await writeFile(values.json, `${JSON.stringify(all, null, 2)}\n`);
}
process.exit(0);
