import { createHash } from "node:crypto";

/** A confirmation id that is the same however often a task is executed: what an idempotent desk answers. */
export function confirmation(prefix: string, taskId: string): string {
  return `${prefix}-${createHash("sha256").update(taskId).digest("hex").slice(0, 10)}`;
}
