import { type ErrorCode, InfiniticError } from "../core/values/errors.ts";

/** Why an instance stops that only other code can let go on. */
const FOR_WANT_OF_CODE: ReadonlySet<string> = new Set<ErrorCode>([
  "WORKFLOW_CHANGED",
  "UNKNOWN_WORKFLOW_VERSION",
  "UNKNOWN_RULES",
]);

/** Why the first instance has stopped that nothing but other code lets go on, by what functions logged. */
export function stoppedForGood(log: readonly string[]): InfiniticError | undefined {
  for (const line of log) {
    if (!line.includes("has stopped")) continue;
    const { code, message, workflow, workflowId } = JSON.parse(line) as { readonly [field: string]: string };
    if (code === undefined || !FOR_WANT_OF_CODE.has(code)) continue;
    return new InfiniticError(code as ErrorCode, `${workflow} ${workflowId}: ${message}`);
  }
  return undefined;
}
