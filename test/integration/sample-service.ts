import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const SERVERLESS = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");

const leftovers: string[] = [];
afterAll(() => Promise.all(leftovers.map((directory) => rm(directory, { recursive: true, force: true }))));

/** How a command ended, and what it printed. */
export interface Ended {
  readonly code: number;
  readonly said: string;
}

/** Makes a folder within the project, so that its packages are found, with the sample's configuration, changed. */
export async function sampleWith(change: (yaml: string) => string): Promise<string> {
  await mkdir(join(ROOT, ".cache"), { recursive: true });
  const directory = await mkdtemp(join(ROOT, ".cache/serverless-"));
  leftovers.push(directory);
  const infra = ["serverless-plugin", "topics", "table.yml"].map((name) => `infra/${name}`);
  const folders = ["functions", "lib", ...infra, "package.json"];
  await Promise.all(folders.map((path) => cp(join(ROOT, path), join(directory, path), { recursive: true })));
  const yaml = await readFile(join(ROOT, "serverless.yml"), "utf8");
  await writeFile(join(directory, "serverless.yml"), change(yaml));
  return directory;
}

/** Packages a service, without credentials. */
export function packaged(directory: string): Promise<Ended> {
  return ran([SERVERLESS, "package"], directory);
}

/** Runs a script of Node with an environment of its own. */
export async function ran(
  args: readonly string[],
  cwd: string,
  variables: { readonly [name: string]: string } = {},
): Promise<Ended> {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, SLS_TELEMETRY_DISABLED: "1", NO_COLOR: "1", ...variables };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd, env });
    return { code: 0, said: `${stdout}${stderr}` };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: `${stdout}${stderr}` };
  }
}

/** Reads the compiled template of a packaged service. */
export async function templateIn(packageFolder: string) {
  return JSON.parse(await readFile(join(packageFolder, "cloudformation-template-update-stack.json"), "utf8"));
}
