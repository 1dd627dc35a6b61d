import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const SERVERLESS = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");
const TIMEOUT = 180_000;

/** A folder within the project, so that its packages are found; with the sample's configuration, changed. */
async function serviceWith(change: (yaml: string) => string): Promise<string> {
  await mkdir(join(ROOT, ".cache"), { recursive: true });
  const directory = await mkdtemp(join(ROOT, ".cache/serverless-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const folders = ["functions", "lib", "infra/serverless-plugin", "infra/table.yml", "package.json"];
  await Promise.all(folders.map((path) => cp(join(ROOT, path), join(directory, path), { recursive: true })));
  await writeFile(
    join(directory, "serverless.yml"),
    change(await readFile(join(ROOT, "serverless.yml"), "utf8")),
  );
  return directory;
}

/** Packages without network and credentials. */
async function packaged(directory: string): Promise<{ readonly code: number; readonly said: string }> {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, SLS_TELEMETRY_DISABLED: "1", NO_COLOR: "1" };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [SERVERLESS, "package"], {
      cwd: directory,
      env,
    });
    return { code: 0, said: `${stdout}${stderr}` };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: `${stdout}${stderr}` };
  }
}

test("the sample is packaged offline, with its table and its functions' environment", {
  timeout: TIMEOUT,
}, async () => {
  const directory = await serviceWith((yaml) => yaml);
  expect(await packaged(directory)).toMatchObject({ code: 0 });
  const template = join(directory, ".serverless/cloudformation-template-update-stack.json");
  const { Resources } = JSON.parse(await readFile(template, "utf8"));
  expect(Resources.InfiniticTable.Properties).toMatchObject({
    TableName: "booking-dev",
    BillingMode: "PAY_PER_REQUEST",
    TimeToLiveSpecification: { AttributeName: "x", Enabled: true },
  });
  const variables = Resources.ApiLambdaFunction.Properties.Environment.Variables;
  expect(JSON.parse(variables.INFINITIC_WORKFLOWS)).toEqual({
    Booking: { functionName: "booking-dev-booking", method: "book" },
  });
  expect(Resources.BookingLambdaFunction.Properties).toMatchObject({
    Runtime: "nodejs24.x",
    Environment: { Variables: { INFINITIC_TABLE: "booking-dev" } },
  });
});

test("an unknown key in a pulsar event is refused", { timeout: TIMEOUT }, async () => {
  const directory = await serviceWith((yaml) =>
    yaml.replace("service: Flights", "service: Flights, batch: 2"),
  );
  const { code, said } = await packaged(directory);
  expect(code).toBe(1);
  expect(said).toContain("'functions.flights.events.0.pulsar': unrecognized property 'batch'");
});

test("two functions for one service are refused, without a stack", { timeout: TIMEOUT }, async () => {
  const directory = await serviceWith((yaml) => yaml.replace("service: Hotels", "service: Flights"));
  const { code, said } = await packaged(directory);
  expect(code).toBe(1);
  expect(said).toContain(
    "function hotels: expected one function for service Flights, got another one: flights",
  );
  expect(said).not.toMatch(/^\s+at /m);
});
