import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** Nothing that a test starts outlives it. */
const END_WITH_PARENT = ["--import", import.meta.resolve("../infra/local/end-with-parent.ts")];

/** A Node process that said that it is ready. */
export interface ReadyChild {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The line of JSON that it printed. */
  readonly ready: { readonly [field: string]: unknown };
  stop(): Promise<void>;
}

/** Starts a script and waits for the first line of JSON that it prints; its end before `stop()` ends this process. */
export async function startChild(
  script: string,
  args: readonly string[],
  env: { readonly [name: string]: string },
  nodeArgs: readonly string[] = [],
): Promise<ReadyChild> {
  const child = spawn(process.execPath, [...END_WITH_PARENT, ...nodeArgs, script, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  let isStopping = false;
  const ready = await new Promise<{ [field: string]: unknown }>((resolve, reject) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      if (line.startsWith("{")) resolve(JSON.parse(line));
    });
    ended.then(([code]) => reject(new RangeError(`expected ${script} to get ready, got exit code ${code}`)));
  });
  child.once("exit", (code, signal) => {
    if (!isStopping) throw new RangeError(`expected ${script} to run on, got its end: ${code ?? signal}`);
  });
  return {
    process: child,
    pid: child.pid ?? 0,
    ready,
    async stop() {
      isStopping = true;
      child.kill("SIGTERM");
      await ended;
    },
  };
}
