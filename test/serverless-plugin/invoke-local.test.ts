import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { bridgeToModule } from "../../infra/serverless-plugin/invoke-local.ts";

const ROOT = join(import.meta.dirname, "../..");
const SERVERLESS = join(ROOT, "node_modules/serverless/bin/serverless.js");

/** A directory with files of a bundler. */
async function bundled(files: { readonly [path: string]: string }): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "bundled-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  for (const [path, code] of Object.entries(files)) {
    await mkdir(join(directory, path, ".."), { recursive: true });
    await writeFile(join(directory, path), code);
  }
  return directory;
}

describe("EDG-88 serverless invoke local", () => {
  test("runs a function of the sample, which is bundled as an ES module", { timeout: 180_000 }, async () => {
    const data = JSON.stringify({ method: "reserve", args: ["sold-out", 2] });
    const folder = `.esbuild/${process.pid}-invoke`;
    onTestFinished(() => rm(join(ROOT, folder), { recursive: true, force: true }));
    const command = [SERVERLESS, "invoke", "local", "-f", "hotels", "--data", data];
    const local = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };
    const env = { ...process.env, ...local, ESBUILD_WORK_FOLDER: folder, SLS_TELEMETRY_DISABLED: "1" };
    const run = promisify(execFile)(process.execPath, command, { cwd: ROOT, env });
    const { code, stdout } = (await run.catch((failed: { code: number; stdout: string }) => failed)) as {
      code?: number;
      stdout: string;
    };
    expect([code, JSON.parse(stdout).errorMessage]).toEqual([1, "no room for 2 nights: sold out"]);
  });

  test.each([
    ["at the top", "greetings", "handler"],
    ["in a folder", "functions/api/greetings", "handler"],
    ["with a dot in its name", "functions/greetings.v2", "handler"],
    ["that exports another name", "functions/greetings", "default"],
  ])("loads a module %s, also one that awaits something first", async (_what, path, name) => {
    const code = `const hello = await Promise.resolve("hello"); const run = async (event, context) => [hello, event, context]; export { run as ${name} };`;
    const directory = await bundled({ [`${path}.mjs`]: code });
    await bridgeToModule(directory, `${path}.${name}`);
    // As the framework does: without an extension, and with this one.
    const loaded = createRequire(import.meta.url)(join(directory, `${path}.cjs`));
    expect(await loaded[name]("event", "context")).toEqual(["hello", "event", "context"]);
  });

  test("goes by the bundle that is there now", async () => {
    const directory = await bundled({
      "a.mjs": "export const one = () => 1;",
      "a.cjs": "throw new Error();",
    });
    await bridgeToModule(directory, "a.one");
    expect(await createRequire(import.meta.url)(join(directory, "a.cjs")).one()).toBe(1);
  });

  test("leaves other files alone", async () => {
    const directory = await bundled({ "a.js": "", "b.cjs": "// mine" });
    for (const handler of ["a.handler", "b.handler", "c.handler"]) await bridgeToModule(directory, handler);
    expect((await readdir(directory)).toSorted()).toEqual(["a.js", "b.cjs"]);
  });
});
