import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { withFileLock } from "../../infra/local/file-lock.ts";

async function newLockFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "infinitic-lock-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  return join(directory, "lock");
}

it("lets one work at a time", async () => {
  const lockFile = await newLockFile();
  let working = 0;
  const work = async () => {
    expect(++working).toBe(1);
    await turn();
    working--;
  };
  await Promise.all(Array.from({ length: 5 }, () => withFileLock(lockFile, work)));
});

it("is given back by work that fails", async () => {
  const lockFile = await newLockFile();
  await expect(withFileLock(lockFile, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await withFileLock(lockFile, async () => "mine")).toBe("mine");
});

it("is taken over from a process that has died", async () => {
  const lockFile = await newLockFile();
  await writeFile(lockFile, "2147483647"); // above every system's highest pid
  expect(await withFileLock(lockFile, async () => "mine")).toBe("mine");
});
