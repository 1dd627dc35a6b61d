import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bundle, readBundles } from "../../infra/package/bundles.ts";
import { canUse } from "../tools.ts";
import { type Ended, packaged, ran, sampleWith, templateIn } from "./sample-service.ts";

const ROOT = join(import.meta.dirname, "../..");
const FUNCTIONS = ["api", "booking", "bridge", "flights", "hotels", "payments", "timers"];
/** cfn-lint needs Python; CI never does without. */
const isLinted = await canUse("python");
/** The first time, cfn-lint is installed. */
const TIMEOUT = 400_000;

let folder: string;
let ended: Ended;
let bundles: readonly Bundle[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "package-"));
  ended = await ran([join(ROOT, "infra/package/package.ts"), "--package", folder], ROOT, {
    ESBUILD_WORK_FOLDER: `.esbuild/package-${process.pid}`,
  });
  bundles = await readBundles(folder);
}, TIMEOUT);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(join(ROOT, `.esbuild/package-${process.pid}`), { recursive: true, force: true });
});

test.skipIf(!isLinted)(
  "D1: every function is packaged, within its budget, and cfn-lint finds the template in order",
  () => {
    expect(ended).toMatchObject({ code: 0 });
    expect(bundles.map(({ key }) => key)).toEqual(FUNCTIONS);
    for (const key of FUNCTIONS)
      expect(ended.said).toMatch(new RegExp(`^${key} +[\\d.]+ +[\\d.]+ +[\\d.]+$`, "m"));
    expect(ended.said).toContain("cfn-lint: the template is in order");
  },
);

test.each(FUNCTIONS)("D1: the bundle of %s imports under Node 24 with nothing beside it", async (key) => {
  const files = bundles.find((bundle) => bundle.key === key)?.files ?? {};
  const alone = await mkdtemp(join(folder, "alone-"));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(alone, dirname(path)), { recursive: true });
    await writeFile(join(alone, path), content);
  }
  const [code = "", ...others] = Object.keys(files).filter((path) => path.endsWith(".mjs"));
  expect(others).toEqual([]);
  const script = `console.log(process.version, typeof (await import("./${code}")).handler)`;
  const { said } = await ran(["--input-type=module", "-e", script], alone);
  expect(said).toMatch(/^v24\.\S+ function\n$/);
});

test("D1: a bundle has its source map, without the sources", () => {
  for (const { files } of bundles) {
    const [map] = Object.keys(files).filter((path) => path.endsWith(".mjs.map"));
    const { sources, sourcesContent } = JSON.parse(new TextDecoder().decode(files[map ?? ""]));
    expect(sources).toContainEqual(expect.stringContaining("functions/"));
    expect(sourcesContent).toBeUndefined();
  }
});

test("the stack has the table, and its functions their environment", async () => {
  const { Resources } = await templateIn(folder);
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
  const directory = await sampleWith((yaml) =>
    yaml.replace("service: Flights", "service: Flights, batch: 2"),
  );
  const { code, said } = await packaged(directory);
  expect(code).toBe(1);
  expect(said).toContain("'functions.flights.events.0.pulsar': unrecognized property 'batch'");
});

test("two functions for one service are refused, without a stack", { timeout: TIMEOUT }, async () => {
  const directory = await sampleWith((yaml) => yaml.replace("service: Hotels", "service: Flights"));
  const { code, said } = await packaged(directory);
  expect(code).toBe(1);
  expect(said).toContain(
    "function hotels: expected one function for service Flights, got another one: flights",
  );
  expect(said).not.toMatch(/^\s+at /m);
});
