import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "../..");
const SOURCE = join(import.meta.dirname, "../consumer");
/** What npm and vitest add to the environment, and keys of AWS; where npm's registry and its cache are stays. */
const NOT_INHERITED =
  /^(npm_(?!config_(registry|cache|userconfig|globalconfig)$)|VITEST|NODE_ENV|AWS_|INFINITIC_)/;

/** A copy of `test/consumer` outside of this project, with the package installed from its tarball. */
export interface ConsumerProject {
  readonly directory: string;
  readonly tarball: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs a command in it, and resolves with what it wrote to stdout; rejects with all that it wrote. */
  run(command: string, ...args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Packs the package as it would be published, and installs it. */
export async function installConsumer(): Promise<ConsumerProject> {
  const directory = await mkdtemp(join(tmpdir(), "consumer-"));
  const packed = await run(ROOT, "npm", ["run", "pack", "--", "--pack-destination", directory]);
  const tarball = join(directory, packed.trim().split("\n").at(-1) ?? "");
  await cp(SOURCE, directory, { recursive: true });
  await writeFile(join(directory, "package-lock.json"), JSON.stringify(await lockOfConsumer()));
  await run(directory, "npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", tarball]);
  return {
    directory,
    tarball,
    env: environment(),
    run: (command, ...args) => run(directory, command, args),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/**
 * The versions that this project has itself: npm has them in its cache, and a release of today changes no test. What
 * the consumer does not ask for, npm leaves out.
 */
async function lockOfConsumer(): Promise<object> {
  const { packages, ...lock } = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8"));
  const own = Object.entries<{ readonly link?: true }>(packages).filter(
    ([path, { link }]) => path.startsWith("node_modules/") && !link,
  );
  const consumer = JSON.parse(await readFile(join(SOURCE, "package.json"), "utf8"));
  return { ...lock, packages: { "": consumer, ...Object.fromEntries(own) } };
}

async function run(cwd: string, command: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { cwd, env: environment() });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")}\n${stdout}${stderr}`);
  }
}

function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name));
  return { ...Object.fromEntries(own), SLS_TELEMETRY_DISABLED: "1", NO_COLOR: "1" };
}
