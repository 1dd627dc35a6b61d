import { readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 200;

/**
 * Runs `work` while no other process of this machine runs one under the same lock file. The lock of a process
 * that has died is taken over.
 */
export async function withFileLock<T>(lockFile: string, work: () => Promise<T>): Promise<T> {
  while (!(await take(lockFile))) {
    if (await isStale(lockFile)) await rm(lockFile, { force: true });
    else await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(lockFile, { force: true });
  }
}

async function take(lockFile: string): Promise<boolean> {
  try {
    await writeFile(lockFile, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (hasErrno(error, "EEXIST")) return false;
    throw error;
  }
}

async function isStale(lockFile: string): Promise<boolean> {
  const holder = Number(await readFile(lockFile, "utf8").catch(() => ""));
  if (!holder) return false; // given back, or being written
  try {
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return hasErrno(error, "ESRCH");
  }
}

const hasErrno = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code;
