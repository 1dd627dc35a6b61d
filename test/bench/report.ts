import type { BenchOptions } from "./options.ts";
import type { CpuMs, Work } from "./system-under-test.ts";

/** What one run of the benchmark found: the JSON object that it writes. */
export interface BenchReport extends Pick<BenchOptions, "target" | "workflows" | "inFlight"> {
  readonly seconds: number;
  readonly workflowsPerSecond: number;
  /** From start to completion, one workflow at a time. */
  readonly latencyMs: { readonly p50: number; readonly p99: number };
  readonly cpuMsPerWorkflow: CpuMs;
  readonly perWorkflow: Work;
  /** Of a workflow of 1,000 sequential tasks; `ratio` is step 1,000 over step 10. */
  readonly stepMs: {
    readonly at10: number;
    readonly at1000: number;
    readonly ratio: number;
    readonly coldAt1000: number;
  };
}

/** Lays a report out as lines of a table. */
export function formatReport(report: BenchReport): string {
  const { target, workflows, inFlight, latencyMs, cpuMsPerWorkflow: cpu, perWorkflow, stepMs } = report;
  const rows: readonly (readonly [name: string, value: string])[] = [
    ["target", target],
    ["workflows", `${workflows}, ${inFlight} in flight`],
    ["throughput", `${report.workflowsPerSecond} workflows/s over ${report.seconds} s`],
    ["latency, one at a time", `p50 ${latencyMs.p50} ms, p99 ${latencyMs.p99} ms`],
    ["CPU a workflow, bridge", `${cpu.bridge} ms`],
    ["CPU a workflow, functions", `${cpu.functions} ms`],
    ["CPU a workflow, broker", `${cpu.broker} ms`],
    ["CPU a workflow, store", `${cpu.store} ms`],
    ["a workflow makes", `${perWorkflow.invocations} invocations, ${perWorkflow.commits} commits`],
    ["", `${perWorkflow.wru} write units, ${perWorkflow.rru} read units, ${perWorkflow.publishes} publishes`],
    ["a step", `${stepMs.at10} ms at 10, ${stepMs.at1000} ms at 1,000 (× ${stepMs.ratio})`],
    ["a cold step", `${stepMs.coldAt1000} ms at 1,000`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}
