import type { QueryReply, QueryRequest } from "../core/protocol/invocation.ts";
import { InfiniticError } from "../core/values/errors.ts";
import { failureOf } from "../core/values/failure.ts";
import { WorkflowUnknownError } from "../core/values/remote-errors.ts";
import { readInstance } from "../instance/read-instance.ts";
import type { StateStore } from "../ports/state-store.ts";
import { type CodeParts, replay } from "../runtime/replay.ts";

/** Answers a query from a consistent read and a replay; writes nothing, sends nothing. */
export async function answerQuery(
  { stateStore, ...parts }: CodeParts & { readonly stateStore: StateStore },
  workflow: string,
  { workflowId, query, args }: QueryRequest,
): Promise<QueryReply> {
  try {
    const instance = await readInstance(stateStore, { workflow, workflowId });
    if (!instance) throw new WorkflowUnknownError({ workflow, workflowId });
    const { execution } = await replay(parts, instance.state, instance.history);
    const result = await execution.query(query, args);
    return result === undefined ? { kind: "answered" } : { kind: "answered", result };
  } catch (error) {
    if (error instanceof InfiniticError && isPassing(error)) throw error;
    return { kind: "refused", failure: failureOf(error) };
  }
}

/** Says nothing about the query: whoever asks may ask again. */
function isPassing({ code }: InfiniticError): boolean {
  return code.startsWith("STORE_") || code === "ENCRYPTION_KEY_UNAVAILABLE";
}
