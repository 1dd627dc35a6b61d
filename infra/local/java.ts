import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import { withFileLock } from "./file-lock.ts";

const run = promisify(execFile);
const CACHE = join(import.meta.dirname, "../../.cache/java");
const MAVEN_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";
const OLDEST_JAVA = 17;

/** The `java` to run: that of JAVA_HOME, else the first on the path. */
export const javaCommand = (): string =>
  process.env["JAVA_HOME"] === undefined ? "java" : join(process.env["JAVA_HOME"], "bin/java");

/** What can run the real servers here. */
export type Runtime =
  | { readonly kind: "java" }
  | { readonly kind: "docker" }
  | { readonly kind: "missing"; readonly reason: string };

/** Looks for Java 17 or later with Maven, then for Docker. */
export async function findRuntime(): Promise<Runtime> {
  const [java, maven, docker] = await Promise.all([javaVersion(), hasMaven(), hasDocker()]);
  if (java >= OLDEST_JAVA && maven) return { kind: "java" };
  if (docker) return { kind: "docker" };
  const got = `${java === 0 ? "no Java" : `Java ${java}`}, ${maven ? "Maven" : "no Maven"}, no Docker`;
  return {
    kind: "missing",
    reason: `expected Java ${OLDEST_JAVA} or later with Maven, or Docker; got ${got}`,
  };
}

/**
 * Finds what can run the real servers here.
 *
 * @throws InfiniticError MISCONFIGURED when nothing can.
 */
export async function requireRuntime(): Promise<"java" | "docker"> {
  const runtime = await findRuntime();
  if (runtime.kind === "missing") throw new InfiniticError("MISCONFIGURED", runtime.reason);
  return runtime.kind;
}

async function javaVersion(): Promise<number> {
  const printed = await run(javaCommand(), ["-version"]).catch(() => undefined);
  return Number(/version "(\d+)/.exec(printed?.stderr ?? "")?.[1] ?? 0);
}

const hasMaven = (): Promise<boolean> => succeeds("mvn", "-version");
const hasDocker = (): Promise<boolean> => succeeds("docker", "info");

const succeeds = (command: string, ...args: string[]): Promise<boolean> =>
  run(command, args).then(
    () => true,
    () => false,
  );

/**
 * Gives the class path of a pom's dependencies, downloaded by Maven the first time and whenever the pom changes.
 * Processes that ask at the same time take turns.
 *
 * @throws InfiniticError MISCONFIGURED with Maven's own words when they cannot be downloaded.
 */
export async function resolveClasspath(options: {
  readonly pom: string;
  readonly onProgress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}): Promise<string> {
  const { pom, onProgress, signal } = options;
  const hash = createHash("sha256")
    .update(await readFile(pom))
    .digest("hex");
  const file = join(CACHE, `${hash.slice(0, 16)}.classpath`);
  const cached = (): Promise<string | undefined> => readClasspath(file);
  return (
    (await cached()) ??
    withFileLock(join(tmpdir(), `infinitic-maven-${userInfo().uid}.lock`), async () => {
      const found = await cached(); // by who held the lock before
      if (found !== undefined) return found;
      onProgress?.(`downloading the dependencies of ${pom} with Maven, once`);
      await mkdir(CACHE, { recursive: true });
      const partial = `${file}.${process.pid}`;
      const goal = `${MAVEN_PLUGIN}:build-classpath`;
      const args = ["-B", "-q", "-f", pom, goal, "-DincludeScope=runtime", `-Dmdep.outputFile=${partial}`];
      await run("mvn", args, { ...(signal && { signal }) }).catch((error: { stdout?: string }) => {
        const said = error.stdout?.trim() || String(error);
        throw new InfiniticError("MISCONFIGURED", `expected Maven to resolve ${pom}, got: ${said}`);
      });
      await rename(partial, file);
      return readFile(file, "utf8");
    })
  );
}

/** Reads a class path written before, unless one of its jars has gone since. */
async function readClasspath(file: string): Promise<string | undefined> {
  const classpath = await readFile(file, "utf8").catch(() => undefined);
  return classpath?.split(delimiter).every((jar) => existsSync(jar)) ? classpath : undefined;
}
