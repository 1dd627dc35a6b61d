import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type ErrorCode, InfiniticError } from "../../lib/core/errors.ts";

/**
 * Runs the server as `$0 "$@"` beside a watcher that reads descriptor 3, a pipe held by this process. The kernel
 * closes the pipe however this process ends, SIGKILL included; the watcher then kills the server and cleans up.
 * A line on the pipe dismisses the watcher.
 */
const DIES_WITH_ITS_PARENT = `
(read -r _ <&3 || { kill -9 $$; eval "$ORPHAN_CLEANUP"; }) &
exec "$0" "$@" 3<&-`;

const POLL_MS = 100;
const GRACE_MS = 15_000;

export interface ServerProcessOptions {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Receives what the server prints, appended. */
  readonly logFile: string;
  readonly isReady: () => Promise<boolean>;
  /** The code of the error when the server does not get ready. */
  readonly unavailable: ErrorCode;
  readonly readyTimeoutMs?: number;
  /** A shell command run when this process ends without having stopped the server. */
  readonly orphanCleanup?: string;
  readonly onProgress?: ((line: string) => void) | undefined;
  /** Stops the server, also while it starts. */
  readonly signal?: AbortSignal | undefined;
}

/** A server that was started as a child process and never outlives this process. */
export interface ServerProcess {
  /** Of the present life of the server: another one after `restart()`. */
  readonly pid: number;
  /** Ends the server in order (SIGTERM; SIGKILL after 15 s). Nothing happens when it is not running. */
  stop(): Promise<void>;
  /** Stops the server, if it still runs, and starts it again with the same command; resolves when it is ready. */
  restart(): Promise<void>;
}

/**
 * Starts a server and resolves when it is ready. The server does not keep this process alive.
 *
 * @throws InfiniticError `unavailable`, with the end of the server's log, when it ends or is not ready in time.
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  let child = await launch(options);
  const stop = (): Promise<void> => end(child);
  options.signal?.addEventListener("abort", () => void stop(), { once: true });
  return {
    get pid() {
      return child.pid ?? 0;
    },
    stop,
    async restart() {
      await stop();
      child = await launch(options);
    },
  };
}

async function launch(options: ServerProcessOptions): Promise<ChildProcess> {
  const { name, logFile, unavailable, readyTimeoutMs = 120_000, onProgress, signal } = options;
  signal?.throwIfAborted();
  onProgress?.(`${name}: starting`);
  const startedMs = performance.now();
  const child = spawnServer(options);
  const failed = once(child, "error").then(([error]: unknown[]) => Promise.reject(error));
  failed.catch(() => {});
  try {
    while (!(await Promise.race([options.isReady(), failed]))) {
      signal?.throwIfAborted();
      const tookMs = performance.now() - startedMs;
      if (hasEnded(child)) throw new Error(`${name} ended with ${child.exitCode ?? child.signalCode}`);
      if (tookMs > readyTimeoutMs) throw new Error(`${name} was not ready after ${readyTimeoutMs / 1_000} s`);
      await sleep(POLL_MS);
    }
  } catch (cause) {
    await end(child, 0);
    if (signal?.aborted) throw cause;
    throw new InfiniticError(unavailable, `expected ${name} to start, got: ${cause}\n${tail(logFile)}`, {
      cause,
    });
  }
  onProgress?.(`${name}: ready after ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  return child;
}

function spawnServer({ command, logFile, orphanCleanup = "" }: ServerProcessOptions): ChildProcess {
  const log = openSync(logFile, "a");
  const child = spawn("sh", ["-c", DIES_WITH_ITS_PARENT, ...command], {
    // In a session of its own: Ctrl-C reaches this process alone, which stops its servers last.
    detached: true,
    stdio: ["ignore", log, log, "pipe"],
    env: { ...process.env, ORPHAN_CLEANUP: orphanCleanup },
  });
  closeSync(log);
  const watcher = child.stdio[3] as Socket; // "pipe" makes it one
  watcher.on("error", () => {}); // the server and its watcher were killed together
  watcher.unref();
  child.unref();
  child.once("exit", () => watcher.end("dismissed\n"));
  return child;
}

async function end(child: ChildProcess, graceMs = GRACE_MS): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return;
  child.ref();
  const exited = once(child, "exit");
  child.kill(graceMs > 0 ? "SIGTERM" : "SIGKILL");
  const killer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await exited;
  clearTimeout(killer);
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

const tail = (logFile: string): string => readFileSync(logFile, "utf8").split("\n").slice(-40).join("\n");

/** Tells whether a GET of `url` answers with this status. */
export async function answers(url: string, status: number): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    return response.status === status;
  } catch {
    return false;
  }
}
