import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { freePorts } from "../../infra/local/free-ports.ts";

const SCRIPT = join(import.meta.dirname, "../../infra/local/infinitic-local.ts");

/** Runs infinitic-local in a directory of its own; a framework that stands in tells its arguments and ends. */
async function run(args: readonly string[], { hasFramework = true } = {}) {
  const directory = await mkdtemp(join(tmpdir(), "local-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  if (hasFramework) {
    const framework = join(directory, "node_modules/serverless");
    await mkdir(join(framework, "bin"), { recursive: true });
    await writeFile(join(framework, "package.json"), '{ "name": "serverless", "type": "commonjs" }');
    await writeFile(
      join(framework, "bin/serverless.js"),
      "console.log(JSON.stringify(process.argv.slice(2))); process.exit(3);",
    );
  }
  const done = promisify(execFile)(process.execPath, [SCRIPT, ...args], { cwd: directory });
  return done.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr,
    }),
  );
}

describe("EDG-88 infinitic-local", () => {
  test("gives stage, parameters, configuration and region to the Serverless Framework", async () => {
    const [port] = await freePorts(1);
    const { code, stdout, stderr } = await run([
      ...["--port", String(port), "-s", "prod", "--param", "a=b c", "--param=d=$e"],
      ...["-c", "other.yml", "--region", "eu-west-3"],
    ]);
    const [, told = "[]"] = /^\[functions\] (\[.*\])$/m.exec(stdout) ?? [];
    const given: readonly string[] = JSON.parse(told);
    expect(given.slice(0, 4)).toEqual(["offline", "start", "--httpPort", String(port)]);
    expect(given.slice(-10)).toEqual([
      ...["--stage", "prod", "--config", "other.yml", "--region", "eu-west-3"],
      ...["--param", "a=b c", "--param", "d=$e"],
    ]);
    expect(stdout).toContain("serverless-offline ended with exit code 3");
    expect([code, stderr]).toEqual([1, ""]);
  });

  test("says in one line what it does not know, and starts nothing", async () => {
    expect(await run(["--prot", "3001"])).toEqual({
      code: 2,
      stdout: "",
      stderr: "Unknown option '--prot'. infinitic-local --help tells the options.\n",
    });
  });

  test("tells its options and its version, also where there is no project", async () => {
    expect(await run(["--help"], { hasFramework: false })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Usage: infinitic-local/),
      stderr: "",
    });
    expect(await run(["-v"], { hasFramework: false })).toMatchObject({ code: 0, stderr: "" });
  });

  test("says in one line that a directory has no Serverless Framework", async () => {
    const [port] = await freePorts(1);
    const { code, stdout } = await run(["--port", String(port)], { hasFramework: false });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^Stopping: .*expected the Serverless Framework in .*npm install --save-dev serverless@npm:osls/,
    );
    expect(stdout).not.toMatch(/\n\s+at /);
  });
});
