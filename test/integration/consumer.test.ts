import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePorts } from "../../infra/local/free-ports.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Of what installs, compiles or packages: packages come from the registry where npm has not kept them. */
const TIMEOUT = 400_000;

let directory: string;
let tarball: string;

/** Runs a command without what npm and vitest add to the environment; fails with what it printed. */
async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { cwd, env: environment() })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")}\n${stdout}${stderr}`);
  }
}

function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_ENV|AWS_)/.test(name));
  return { ...Object.fromEntries(own), SLS_TELEMETRY_DISABLED: "1", NO_COLOR: "1" };
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "consumer-"));
  const packed = await run("npm", ["pack", "--pack-destination", directory], ROOT);
  tarball = join(directory, /infinitic-serverless-[\d.]+\.tgz/.exec(packed)?.[0] ?? "no tarball");
  await cp(join(import.meta.dirname, "../consumer"), directory, { recursive: true });
  await run("npm", ["install", "--prefer-offline", "--no-audit", tarball], directory);
}, TIMEOUT);

afterAll(() => rm(directory, { recursive: true, force: true }), TIMEOUT);

describe("the published package", () => {
  test("is in order, says publint", { timeout: TIMEOUT }, async () => {
    expect(await run("npx", ["publint", "run", "--strict", tarball], ROOT)).toContain("All good");
  });

  test("resolves with its types wherever ES modules do", { timeout: TIMEOUT }, async () => {
    const said = await run("npx", ["attw", "--profile", "esm-only", tarball], ROOT);
    expect(said).toContain("infinitic-serverless/plugin");
  });

  test("has compiled code only, and none of the tests", { timeout: TIMEOUT }, async () => {
    const files = (await run("tar", ["-tzf", tarball], directory)).trim().split("\n");
    expect(files.filter((path) => /(?<!\.d)\.ts$|^package\/(test|functions)\//.test(path))).toEqual([]);
    expect(files).toContain("package/dist/infra/table.yml");
  });
});

describe("a project that installs it from the tarball", () => {
  test("D7: type-checks, with the types of what it depends on", { timeout: TIMEOUT }, async () => {
    expect(await run("npx", ["tsc"], directory)).toBe("");
  });

  test("D7: passes serverless package, with its plain topic handler", { timeout: TIMEOUT }, async () => {
    await run("npx", ["serverless", "package"], directory);
    const template = JSON.parse(
      await readFile(join(directory, ".serverless/cloudformation-template-update-stack.json"), "utf8"),
    );
    expect(Object.keys(template.Resources)).toEqual(
      expect.arrayContaining(["InfiniticTable", "GreetingsLambdaFunction", "ParcelsLambdaFunction"]),
    );
    const { handler } = await packagedModule("parcels");
    const records = [record("1", ""), record("2", "aGVsbG8=")];
    expect(await handler({ Records: records })).toEqual({ batchItemFailures: [{ itemIdentifier: "1" }] });
  });

  test("D7: runs under serverless-offline, with broker, store and bridge", { timeout: TIMEOUT }, async () => {
    const { url, child } = await startedLocally();
    try {
      const workflow = await post(`${url}/workflows/Welcome`, { id: "one", args: [["Ada", "Grace"]] });
      expect(workflow).toMatchObject({ status: "completed", result: ["hello Ada", "hello Grace"] });
      const task = await post(`${url}/services/Greetings/greet`, { args: ["Alan"] });
      expect(task).toMatchObject({ status: "completed", result: "hello Alan" });
    } finally {
      const ended = once(child, "exit");
      child.kill("SIGINT");
      expect(await ended).toEqual([0, null]);
    }
  });
});

const record = (sequenceNumber: string, data: string) => ({ kinesis: { sequenceNumber, data } });

/** Imports what is deployed of a function. */
async function packagedModule(key: string) {
  const zip = unzipSync(await readFile(join(directory, `.serverless/${key}.zip`)));
  const path = join(directory, `packaged-${key}.mjs`);
  await writeFile(path, zip[`${key}.mjs`] ?? "");
  return import(pathToFileURL(path).href);
}

async function startedLocally(): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const [port] = (await freePorts(1)) as [number];
  const script = join(directory, "node_modules/infinitic-serverless/dist/infra/local/infinitic-local.js");
  const child = spawn(process.execPath, [script, "--port", String(port)], {
    cwd: directory,
    env: environment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.endsWith("Ctrl-C ends it.")) break;
  }
  child.stdout.resume();
  return { url: `http://127.0.0.1:${port}`, child };
}

async function post(url: string, body: unknown): Promise<unknown> {
  const headers = { "Content-Type": "application/json", Prefer: "wait=25" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
}
