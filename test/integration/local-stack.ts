import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePorts } from "../../infra/local/free-ports.ts";

const ROOT = join(import.meta.dirname, "../..");

/** What `npm start` runs, seen from outside. */
export interface LocalStack {
  readonly url: string;
  /** Everything that it has printed. */
  readonly lines: readonly string[];
  /** Resolves with its exit code. */
  readonly ended: Promise<number | null>;
  /** Resolves with the first line, printed before or after, that matches. */
  line(pattern: RegExp): Promise<string>;
  /** The processes that it consists of. */
  processes(): readonly Process[];
  /** What Ctrl-C does. */
  interrupt(): void;
}

/** Runs `npm start` with these options on a free port. */
export function startLocalStack(...options: readonly string[]): Promise<LocalStack> {
  return startLocalProject({ command: ["npm", "start", "--"], cwd: ROOT, env: process.env }, ...options);
}

/** Runs a command that runs a project on this machine, on a free port. */
export async function startLocalProject(
  project: {
    readonly command: readonly [string, ...string[]];
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
  },
  ...options: readonly string[]
): Promise<LocalStack> {
  const [port] = (await freePorts(1)) as [number];
  const { command, ...where } = project;
  const [file, ...args] = command;
  const child = spawn(file, [...args, "--port", String(port), ...options], {
    ...where,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on("line", (line) => {
      lines.push(line);
      for (const look of waiting) look();
    });
  }
  const ended = once(child, "close").then(([code]) => code as number | null);
  return {
    url: `http://127.0.0.1:${port}`,
    lines,
    ended,
    line(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const look = (): void => {
        const found = lines.find((line) => pattern.test(line));
        if (found !== undefined) resolve(found);
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`expected ${pattern}, got its end:\n${lines.join("\n")}`)));
      return promise.finally(() => waiting.delete(look));
    },
    processes: () => descendants(child.pid ?? 0),
    interrupt: () => child.kill("SIGINT"),
  };
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly args: string;
}

/** Every process that runs; not those that have ended and wait for their parent to notice. */
function runningProcesses(): readonly Process[] {
  const table = execFileSync("ps", ["-eo", "pid=,ppid=,stat=,args="], { encoding: "utf8" });
  const rows = table.matchAll(/^\s*(\d+)\s+(\d+)\s+[^Z]\S*\s+(.*)$/gm);
  return [...rows].map(([, pid, parent, args = ""]) => ({ pid: Number(pid), parent: Number(parent), args }));
}

function descendants(root: number): readonly Process[] {
  const running = runningProcesses();
  const family = new Set([root]);
  // A child may be listed before its parent.
  for (let size = 0; size < family.size; ) {
    size = family.size;
    for (const { pid, parent } of running) if (family.has(parent)) family.add(pid);
  }
  return running.filter(({ pid }) => family.has(pid));
}

/** Those of the processes that still run. */
export function stillRunning(processes: readonly Process[]): readonly Process[] {
  const running = new Set(runningProcesses().map(({ pid }) => pid));
  return processes.filter(({ pid }) => running.has(pid));
}
