import type { BenchOptions } from "./options.ts";
import { percentile } from "./percentile.ts";
import type { BenchReport } from "./report.ts";
import type { SystemUnderTest, UsedSoFar } from "./system-under-test.ts";

/** Before anything is counted: compilers warm up, connections open. */
const WARM_UP_WORKFLOWS = 100;
const LATENCY_WORKFLOWS = 200;
const STEPS = 1_000;
/** A single step is at the mercy of a garbage collection: the median of so many around it. */
const STEP_WINDOW = 9;
const COLD_RUNS = 3;

export interface MeasureOptions extends BenchOptions {
  readonly system: SystemUnderTest;
  /** Milliseconds from any origin. */
  readonly now?: () => number;
}

/** Measures latency, then throughput with what it costs, then steps; the system is the caller's to stop. */
export async function measure({
  system,
  target,
  workflows,
  inFlight,
  now = () => performance.now(),
}: MeasureOptions): Promise<BenchReport> {
  await runMany(system, { prefix: "warm", workflows: WARM_UP_WORKFLOWS, inFlight });

  const latencies: number[] = [];
  for (let index = 0; index < LATENCY_WORKFLOWS; index++) {
    const startedAt = now();
    await system.runWorkflow(`latency-${index}`);
    latencies.push(now() - startedAt);
  }

  const before = await system.usedSoFar();
  const startedAt = now();
  await runMany(system, { prefix: "throughput", workflows, inFlight });
  const seconds = (now() - startedAt) / 1_000;
  const used = per(workflows, before, await system.usedSoFar());

  return {
    target,
    workflows,
    inFlight,
    seconds: round(seconds),
    workflowsPerSecond: round(workflows / seconds),
    latencyMs: { p50: round(percentile(latencies, 50)), p99: round(percentile(latencies, 99)) },
    cpuMsPerWorkflow: used.cpuMs,
    perWorkflow: used.work,
    stepMs: await measureSteps(system),
  };
}

/** Keeps `inFlight` workflows running until all have ended. */
async function runMany(
  system: SystemUnderTest,
  { prefix, workflows, inFlight }: { prefix: string; workflows: number; inFlight: number },
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < workflows) await system.runWorkflow(`${prefix}-${next++}`);
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, workflows) }, lane));
}

async function measureSteps(system: SystemUnderTest): Promise<BenchReport["stepMs"]> {
  // A step ends where the next begins: the last needs one more.
  const steps = durations(await system.runSteps("steps", STEPS + STEP_WINDOW));
  const colds: number[] = [];
  for (let run = 0; run < COLD_RUNS; run++) {
    const cold = durations(await system.runSteps(`cold-${run}`, STEPS + 1, { coldAt: STEPS }));
    colds.push(...cold.slice(STEPS - 1, STEPS));
  }
  const around = (step: number) => {
    const first = step - 1 - Math.floor(STEP_WINDOW / 2);
    return percentile(steps.slice(first, first + STEP_WINDOW), 50);
  };
  return {
    at10: round(around(10)),
    at1000: round(around(STEPS)),
    ratio: round(around(STEPS) / around(10)),
    coldAt1000: round(percentile(colds, 50)),
  };
}

/** What lies between instants. */
function durations(instants: readonly number[]): number[] {
  return instants.slice(1).map((instant, index) => instant - (instants[index] ?? instant));
}

function per(workflows: number, before: UsedSoFar, after: UsedSoFar): UsedSoFar {
  const each = (was: number, is: number) => round((is - was) / workflows);
  return {
    cpuMs: {
      bridge: each(before.cpuMs.bridge, after.cpuMs.bridge),
      functions: each(before.cpuMs.functions, after.cpuMs.functions),
      broker: each(before.cpuMs.broker, after.cpuMs.broker),
      store: each(before.cpuMs.store, after.cpuMs.store),
    },
    work: {
      invocations: each(before.work.invocations, after.work.invocations),
      commits: each(before.work.commits, after.work.commits),
      wru: each(before.work.wru, after.work.wru),
      rru: each(before.work.rru, after.work.rru),
      publishes: each(before.work.publishes, after.work.publishes),
    },
  };
}

/** To three places: more would be noise. */
function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
