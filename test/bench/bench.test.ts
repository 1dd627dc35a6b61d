import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { measure } from "./measure.ts";
import { parseBenchOptions } from "./options.ts";
import { percentile } from "./percentile.ts";
import { cpuMsOfStat, ownCpuMs, processCpuMs } from "./process-cpu.ts";
import { runBench } from "./run-bench.ts";
import type { StepOptions, SystemUnderTest } from "./system-under-test.ts";

/** A system whose every workflow takes 8 ms of a hand-driven clock when alone, and whose steps grow by 1 µs. */
class PacedSystem implements SystemUnderTest {
  readonly ids: string[] = [];
  nowMs = 0;
  mostInFlight = 0;
  stopped = false;
  #inFlight = 0;

  async runWorkflow(id: string): Promise<void> {
    this.ids.push(id);
    this.mostInFlight = Math.max(this.mostInFlight, ++this.#inFlight);
    await Promise.resolve();
    this.nowMs += 8;
    this.#inFlight--;
  }

  async runSteps(_id: string, steps: number, { coldAt }: StepOptions = {}): Promise<readonly number[]> {
    const instants = [0];
    for (let step = 1; step < steps; step++) {
      instants.push((instants.at(-1) ?? 0) + (step === coldAt ? 50 : 2 + step / 1_000));
    }
    return instants;
  }

  async usedSoFar() {
    const count = this.ids.length;
    return {
      cpuMs: { bridge: count * 2, functions: count * 3, broker: count * 4, store: count * 5 },
      work: { invocations: count * 7, commits: count * 4, wru: count * 4, rru: count, publishes: count * 8 },
    };
  }

  async stop(): Promise<void> {
    this.stopped = true;
  }
}

describe("the benchmark's options", () => {
  test("have defaults", () => {
    expect(parseBenchOptions([])).toEqual({
      target: "embedded",
      workflows: 1_000,
      inFlight: 100,
      listIndex: false,
      json: undefined,
    });
  });

  test("are read from the command line", () => {
    const line = "--json out.json --target pulsar --workflows 20 --in-flight 5 --list-index";
    expect(parseBenchOptions(line.split(" "))).toEqual({
      target: "pulsar",
      workflows: 20,
      inFlight: 5,
      listIndex: true,
      json: "out.json",
    });
  });

  test.each(["--target kafka", "--workflows 0", "--in-flight many", "--unknown"])("refuse %s", (line) => {
    expect(() => parseBenchOptions(line.split(" "))).toThrow(line.split(" ")[0]);
  });
});

describe("a percentile", () => {
  test.each([
    [50, 2],
    [75, 3],
    [76, 4],
    [99, 4],
    [0, 1],
  ])("%i of 1 to 4 is %i", (percent, value) => {
    expect(percentile([4, 1, 3, 2], percent)).toBe(value);
  });

  test("of nothing is not a number", () => {
    expect(percentile([], 50)).toBeNaN();
  });
});

describe("processor time", () => {
  test("is user and system time, whatever the command's name", () => {
    expect(cpuMsOfStat("42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 123 45 6 7 20 0 11 0 999")).toBe(1_680);
  });

  test("of another process is read where Linux keeps it", () => {
    const own = ownCpuMs();
    expect(Math.abs(processCpuMs(process.pid) - own)).toBeLessThan(1_000);
  });
});

describe("a measurement", () => {
  test("divides what throughput took and cost by its workflows, and nothing else", async () => {
    const system = new PacedSystem();
    const options = parseBenchOptions(["--workflows", "50", "--in-flight", "10"]);
    const report = await measure({ ...options, system, now: () => system.nowMs });
    expect(report).toEqual({
      target: "embedded",
      workflows: 50,
      inFlight: 10,
      seconds: 0.4,
      workflowsPerSecond: 125,
      latencyMs: { p50: 8, p99: 8 },
      cpuMsPerWorkflow: { bridge: 2, functions: 3, broker: 4, store: 5 },
      perWorkflow: { invocations: 7, commits: 4, wru: 4, rru: 1, publishes: 8 },
      stepMs: { at10: 2.01, at1000: 3, ratio: 1.493, coldAt1000: 50 },
    });
    expect(system.mostInFlight).toBe(10);
    expect(new Set(system.ids).size).toBe(system.ids.length);
    expect(system.ids.filter((id) => id.startsWith("throughput"))).toHaveLength(50);
  });

  test("ends with the first workflow that goes wrong, and stops the system", async () => {
    const system = new PacedSystem();
    system.runWorkflow = async (id) => {
      throw new Error(`${id} ended wrong`);
    };
    const run = runBench({ args: [], startSystem: async () => system, print: () => {} });
    await expect(run).rejects.toThrow("warm-0 ended wrong");
    expect(system.stopped).toBe(true);
  });
});

test("a benchmark prints a table and writes one JSON object", async () => {
  const directory = await mkdtemp(join(tmpdir(), "bench-"));
  const json = join(directory, "report.json");
  const printed: string[] = [];
  const args = ["--workflows", "10", "--json", json];
  await runBench({ args, startSystem: async () => new PacedSystem(), print: (text) => printed.push(text) });
  expect(printed.join("")).toMatch(/^target +embedded\nworkflows +10, 100 in flight\n/);
  expect(JSON.parse(await readFile(json, "utf8"))).toMatchObject({
    target: "embedded",
    perWorkflow: { invocations: 7 },
  });
  await rm(directory, { recursive: true });
});
