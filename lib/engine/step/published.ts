import type { KeyContext } from "../../core/protocol/invocation.ts";
import type { Instance } from "../../instance/instance.ts";
import { parseCursor } from "../cursor.ts";

/** Drops from the outbox what the bridge says that it has published, what was answered, and what a flush had (I4). */
export function dropPublished(instance: Instance, { published, resume }: KeyContext): void {
  const run = instance.state?.key.run;
  instance.dropPublished(published && published.run === run ? published.entries : []);
  const cursor = parseCursor(resume, run);
  if (cursor?.kind === "flush") instance.dropFlushed(cursor.entry);
}
