import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where a server keeps its data, its configuration and its log. */
export interface ServerDirectory {
  readonly path: string;
  /** It goes when the server stops, or when this process ends. */
  readonly isTemporary: boolean;
}

/** Makes sure that the data directory exists; without one, makes a temporary directory of its own. */
export async function openServerDirectory(
  prefix: string,
  dataDir: string | undefined,
): Promise<ServerDirectory> {
  if (dataDir === undefined) return { path: await mkdtemp(join(tmpdir(), prefix)), isTemporary: true };
  await mkdir(dataDir, { recursive: true });
  return { path: dataDir, isTemporary: false };
}

/** Removes the directory if it is temporary. */
export async function closeServerDirectory({ path, isTemporary }: ServerDirectory): Promise<void> {
  if (isTemporary) await rm(path, { recursive: true, force: true });
}
