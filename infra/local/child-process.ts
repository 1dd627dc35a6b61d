import { spawn } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { createInterface } from "node:readline";

/** As source or, in the published package, compiled. */
const END_WITH_PARENT = import.meta.resolve(`./end-with-parent${extname(import.meta.filename)}`);

export interface ChildOptions {
  /** What messages about it call it. */
  readonly name: string;
  /** Path of a Node script. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Takes each line that it prints, on stdout or stderr. */
  readonly onLine: (line: string) => void;
  /** How long it may take to end when told to. */
  readonly graceMs: number;
}

/** A Node process that never outlives this one. */
export interface Child {
  /** Resolves when it has ended, with how it did. */
  readonly ended: Promise<string>;
  /** Resolves with the first message that it sends. */
  readonly message: Promise<unknown>;
  /** Ends it in order: SIGTERM, and SIGKILL when it takes longer than its grace. */
  stop(): Promise<void>;
}

/** Starts a Node script as a child process. */
export function startChild({ script, args = [], env, onLine, graceMs }: ChildOptions): Child {
  const child = spawn(process.execPath, ["--import", END_WITH_PARENT, script, ...args], {
    // In a session of its own: Ctrl-C reaches this process alone, which ends its children in order.
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env,
  });
  for (const output of [child.stdout, child.stderr]) {
    if (output) createInterface({ input: output }).on("line", onLine);
  }
  const ended = once(child, "exit").then(
    ([code, signal]) => (signal === null ? `exit code ${code}` : `signal ${signal}`),
    (error: unknown) => String(error), // it could not be started
  );
  return {
    ended,
    message: new Promise((resolve) => child.once("message", resolve)),
    async stop() {
      child.kill("SIGTERM");
      const killer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await ended;
      clearTimeout(killer);
    },
  };
}
