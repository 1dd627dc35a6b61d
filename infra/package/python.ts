import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import { withFileLock } from "../local/file-lock.ts";

const run = promisify(execFile);
const CACHE = join(import.meta.dirname, "../../.cache/python");

/**
 * Gives the folder of the commands of a Python environment that has these packages, made by `venv` and `pip` the
 * first time. Processes that ask at the same time take turns.
 *
 * @param packages with exact versions: `["cfn-lint==1.58.0"]`
 * @throws InfiniticError `MISCONFIGURED` with their own words when Python or a package is missing
 */
export async function pythonWith(
  packages: readonly string[],
  onProgress: (line: string) => void = () => undefined,
): Promise<string> {
  const hash = createHash("sha256").update(packages.join("\n")).digest("hex").slice(0, 16);
  const environment = join(CACHE, hash);
  const complete = join(environment, "complete");
  const bin = join(environment, "bin");
  await mkdir(CACHE, { recursive: true });
  return withFileLock(`${environment}.lock`, async () => {
    if (existsSync(complete)) return bin;
    onProgress(`installing ${packages.join(", ")} with pip, once`);
    await rm(environment, { recursive: true, force: true });
    await command("python3", ["-m", "venv", environment]);
    await command(join(bin, "pip"), ["install", "--quiet", "--disable-pip-version-check", ...packages]);
    await writeFile(complete, "");
    return bin;
  });
}

/** Tells whether Python 3 is here, with what makes environments. */
export function hasPython(): Promise<boolean> {
  return run("python3", ["-c", "import venv, ensurepip"]).then(
    () => true,
    () => false,
  );
}

async function command(file: string, args: readonly string[]): Promise<void> {
  await run(file, args).catch((error: { stderr?: string; stdout?: string }) => {
    const said = error.stderr?.trim() || error.stdout?.trim() || String(error);
    throw new InfiniticError("MISCONFIGURED", `expected ${[file, ...args].join(" ")} to work, got: ${said}`);
  });
}
