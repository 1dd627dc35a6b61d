import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ErrorCode, InfiniticError } from "../../lib/core/values/errors.ts";
import { closeServerDirectory, type ServerDirectory } from "./server-directory.ts";

/**
 * Runs the server as `$0 "$@"` beside a watcher that reads descriptor 3, a pipe held by this process. The kernel
 * closes the pipe however this process ends, SIGKILL included; the watcher then kills the server and cleans up.
 * A line on the pipe dismisses the watcher.
 */
const DIES_WITH_ITS_PARENT = `
(read -r _ <&3 || { kill -9 $$; eval "$ORPHAN_CLEANUP"; [ -z "$TEMPORARY" ] || rm -rf "$TEMPORARY"; }) &
exec "$0" "$@" 3<&-`;

const POLL_MS = 100;
const GRACE_MS = 15_000;
const READY_TIMEOUT_MS = 300_000;

export interface ServerProcessOptions {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Gets `server.log`, what the server prints in all its lives. */
  readonly directory: ServerDirectory;
  readonly isReady: () => Promise<boolean>;
  /** The code of the error when the server does not get ready. */
  readonly unavailable: ErrorCode;
  /** A shell command to run when this process ends without having stopped the server. */
  readonly orphanCleanup?: string | undefined;
  readonly onProgress?: ((line: string) => void) | undefined;
  /** Stops the server, also while it starts. */
  readonly signal?: AbortSignal | undefined;
}

/** A server that was started as a child process and never outlives this process. */
export interface ServerProcess {
  /** Of the server's present life: another one after `restart()`. */
  readonly pid: number;
  /** Ends the server in order (SIGTERM; SIGKILL after 15 s) and removes its directory if that is temporary. */
  stop(): Promise<void>;
  /** Ends the server with SIGKILL, as a crash would; its data stays for `restart()`. */
  kill(): Promise<void>;
  /** Ends the server in order, if it still runs, and starts it again with its data; resolves when it is ready. */
  restart(): Promise<void>;
}

/**
 * Starts a server and resolves when it is ready. The server does not keep this process alive.
 *
 * @throws InfiniticError `unavailable`, with the end of the server's log, when it ends or is not ready in 5 min.
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { directory, signal } = options;
  let child: ChildProcess;
  const stop = async (): Promise<void> => {
    await end(child, "SIGTERM");
    await closeServerDirectory(directory);
  };
  try {
    child = await launch(options);
  } catch (error) {
    await closeServerDirectory(directory);
    throw error;
  }
  signal?.addEventListener("abort", () => void stop(), { once: true });
  return {
    get pid() {
      return child.pid ?? 0;
    },
    stop,
    kill: () => end(child, "SIGKILL"),
    async restart() {
      await end(child, "SIGTERM");
      child = await launch(options);
    },
  };
}

async function launch(options: ServerProcessOptions): Promise<ChildProcess> {
  const { name, isReady, unavailable, onProgress, signal } = options;
  signal?.throwIfAborted();
  if (await isReady()) {
    throw new InfiniticError(unavailable, `expected the ports of ${name} to be free, got an answer there`);
  }
  onProgress?.(`${name}: starting`);
  const logFile = join(options.directory.path, "server.log");
  const startedMs = performance.now();
  const child = spawnServer(options, logFile);
  const problem = await problemUntilReady(child, options);
  const tookSeconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  if (problem === undefined) {
    onProgress?.(`${name}: ready after ${tookSeconds} s`);
    return child;
  }
  await end(child, "SIGKILL");
  signal?.throwIfAborted();
  const log = await readFile(logFile, "utf8");
  const lastLines = log.split("\n").slice(-40).join("\n");
  throw new InfiniticError(
    unavailable,
    `expected ${name} to get ready, got: ${problem} after ${tookSeconds} s\n${lastLines}`,
  );
}

/** Waits until the server is ready, or tells what keeps it from being so. */
async function problemUntilReady(
  child: ChildProcess,
  { isReady, signal }: ServerProcessOptions,
): Promise<string | undefined> {
  const deadlineMs = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    const ready = await isReady();
    if (hasEnded(child)) return `it ended with ${child.signalCode ?? child.exitCode}`;
    if (ready) return undefined;
    if (signal?.aborted) return "it was aborted";
    if (performance.now() > deadlineMs) return "no answer";
    await sleep(POLL_MS);
  }
}

function spawnServer({ command, directory, orphanCleanup }: ServerProcessOptions, logFile: string) {
  const log = openSync(logFile, "a");
  const child = spawn("sh", ["-c", DIES_WITH_ITS_PARENT, ...command], {
    // In a session of its own: Ctrl-C reaches this process alone, which stops its servers last.
    detached: true,
    stdio: ["ignore", log, log, "pipe"],
    env: {
      ...process.env,
      ORPHAN_CLEANUP: orphanCleanup ?? "",
      TEMPORARY: directory.isTemporary ? directory.path : "",
    },
  });
  closeSync(log);
  const watcher = child.stdio[3] as Socket; // what "pipe" gives
  watcher.on("error", () => {}); // server and watcher were killed together
  watcher.unref();
  child.unref();
  child.once("exit", () => watcher.end("dismissed\n"));
  return child;
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return;
  child.ref();
  const exited = once(child, "exit");
  child.kill(signal);
  const killer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  await exited;
  clearTimeout(killer);
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Tells whether a GET of `url` answers with this status. */
export async function answers(
  url: string,
  status: number,
  headers: { readonly [name: string]: string } = {},
): Promise<boolean> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(30_000) });
    await response.body?.cancel();
    return response.status === status;
  } catch {
    return false;
  }
}
