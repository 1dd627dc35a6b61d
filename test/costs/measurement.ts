import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Counts } from "./counts.ts";

/** Processor time in milliseconds, on this machine, with everything warm and nothing batched. */
export interface CpuMs {
  /** Of all seven invocations of a workflow, whose tasks do next to nothing. */
  readonly functions: number;
  /** Of what the bridge does for a workflow. */
  readonly bridge: number;
  /** Of a start over HTTP. */
  readonly start: number;
}

/** What was measured, when and on what. */
export interface Measurement {
  readonly measuredOn: string;
  readonly machine: string;
  readonly counts: Counts;
  readonly cpuMs: CpuMs;
}

const FILE = join(import.meta.dirname, "measured.json");

/** Reads the measurement that is kept with the code. */
export function readMeasurement(): Measurement {
  return JSON.parse(readFileSync(FILE, "utf8"));
}

/** Keeps another one in its place. */
export function keepMeasurement(measurement: Measurement): void {
  writeFileSync(FILE, `${JSON.stringify(measurement, null, 2)}\n`);
}
