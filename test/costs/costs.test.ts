import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { readPage } from "../docs/pages.ts";
import { Bill, billedMs } from "./bill.ts";
import { type Counts, countBridge, countStart, countWorkflow, RATES } from "./counts.ts";
import { DEPLOYMENT } from "./deployment.ts";
import { readMeasurement } from "./measurement.ts";
import { pageWith, readCostsPage } from "./page.ts";
import { costOf, PRICES } from "./prices.ts";
import { tablesOf } from "./tables.ts";

const measured = readMeasurement();
const { counts } = measured;
const bill = new Bill(measured);
const MINUTE = 60_000;

describe("what was counted is what is counted now: ", () => {
  test.each([
    ["listed", true],
    ["unlisted", false],
  ] as const)("a workflow that is %s", async (title, isListed) => {
    expect(await countWorkflow(isListed)).toEqual(counts.workflow[title]);
  });

  test("a start, and one that waits", async () => {
    expect(await countStart()).toEqual(counts.start);
  });

  test.each<[title: string, everyMs: number | undefined]>([
    ["idle", undefined],
    ["1 a minute", MINUTE],
  ])("a bridge that is %s", async (title, everyMs) => {
    expect(await countBridge(20 * MINUTE, everyMs)).toEqual(counts.bridge[title]);
  });
});

describe("D8: a million workflows of three tasks", () => {
  test("cost at most six dollars without the bridge, started over HTTP", () => {
    expect(bill.workflows(false).total).toBeLessThanOrEqual(6);
  });

  test("cost three write units each more in the list index, and nothing else but their rows", () => {
    const [off, on] = [bill.workflows(false), bill.workflows(true)];
    expect(on.writes - off.writes).toBeCloseTo(costOf({ writeUnit: 3_000_000 }));
    expect(on.total - off.total).toBeCloseTo(on.writes - off.writes + (on.storage - off.storage));
  });

  test("cost the less of a bridge the more of them there are", () => {
    const rates = Object.keys(RATES) as (keyof typeof RATES)[];
    for (const kind of ["lambda", "container"] as const) {
      const costs = rates.map((rate) => bill.bridge(kind, rate));
      expect(costs).toEqual(costs.toSorted((a, b) => b - a));
    }
  });
});

test("D4: a bridge that has nothing to do costs less than a dollar a month", () => {
  expect(bill.idleMonth()).toBeLessThan(1);
  expect(bill.idleMonth(10)).toBeGreaterThan(1);
});

test("a bill is counts times prices", () => {
  const hour = { invocations: 0, seconds: 0, openings: 0, sweeps: 0, writeUnits: 0, readUnits: 0 };
  const idle = { ...hour, invocations: 100, seconds: 1_000, writeUnits: 10, readUnits: 20 };
  const made: Counts = { ...counts, bridge: { idle } };
  const gbSeconds = 1_000 * (DEPLOYMENT.memoryOf("bridge") / 1_024);
  const hourly = (100 * 0.2 + 10 * 0.625 + 20 * 0.125) / 1_000_000 + gbSeconds * 0.0000133334;
  expect(new Bill({ ...measured, counts: made }).idleMonth()).toBeCloseTo(hourly * 730);
});

test("a small function has a small share of a core, and waits no longer than a large one", () => {
  expect(DEPLOYMENT.memoryOf("chain")).toBe(512);
  expect(billedMs("chain", { cpuMs: 1 })).toBe(Math.ceil((2 * 1_769) / 512));
  expect(billedMs("chain", { cpuMs: 0, waitMs: 10 })).toBe(10);
});

test("every price says where it is from", () => {
  for (const { usd, source, seen } of Object.values(PRICES)) {
    expect(usd).toBeGreaterThan(0);
    expect(source).toMatch(/^https:\/\/(aws\.amazon\.com|docs\.temporal\.io)\//);
    expect(seen).toMatch(/^\d{4}-\d\d-\d\d$/);
  }
});

test("the script prints the tables, and writes counts, prices and results as JSON, as the page says", async () => {
  const directory = await mkdtemp(join(tmpdir(), "costs-"));
  const json = join(directory, "costs.json");
  const script = join(import.meta.dirname, "costs.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [script, "--recorded", "--json", json]);
  expect(stdout).toBe(`${tablesOf(measured)}\n`);
  expect(JSON.parse(await readFile(json, "utf8"))).toEqual({
    ...measured,
    prices: PRICES,
    usdForAMillion: bill.report,
  });
  await rm(directory, { recursive: true });
  const { scripts } = JSON.parse(readPage("package.json")) as { scripts: { [name: string]: string } };
  expect(scripts["costs"]).toBe("node test/costs/costs.ts");
  expect(readPage("docs/examples/costs.sh")).toMatch(
    /^npm run costs .*\nnpm run costs -- --recorded .*\nnpm run costs -- --json costs.json .*\n$/,
  );
});

test("the page has what the script prints of the measurement that is kept; `npm run docs` sees to it", () => {
  const page = readCostsPage();
  expect(page).toContain("<!-- costs -->");
  expect(page).toBe(pageWith(measured, page));
});
