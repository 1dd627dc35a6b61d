import { writeFile } from "node:fs/promises";
import { measure } from "./measure.ts";
import { type BenchOptions, parseBenchOptions } from "./options.ts";
import { formatReport } from "./report.ts";
import type { SystemUnderTest } from "./system-under-test.ts";

export interface RunBenchOptions {
  readonly args: readonly string[];
  readonly startSystem: (options: BenchOptions) => Promise<SystemUnderTest>;
  readonly print: (text: string) => void;
}

/** Runs the benchmark of a command line: prints its table, and writes its JSON object where that was asked for. */
export async function runBench({ args, startSystem, print }: RunBenchOptions): Promise<void> {
  const options = parseBenchOptions(args);
  const system = await startSystem(options);
  try {
    const report = await measure({ ...options, system });
    print(formatReport(report));
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  } finally {
    await system.stop();
  }
}
