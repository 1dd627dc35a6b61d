import type { Failure } from "../core/failure.ts";
import type { State } from "../core/state.ts";
import { type ResultView, resultOf } from "../core/view.ts";
import type { InstanceKey } from "../ports/state-store.ts";
import type { Answer } from "./answer.ts";
import type { Call } from "./call.ts";
import { opened } from "./payloads.ts";

/** Answers how a method stands: 200 once it has an outcome, whichever it is, and 202 before. */
export async function outcomeAnswer(
  call: Call,
  { workflow, workflowId }: InstanceKey,
  methodId: string,
  outcome: ResultView = { status: "running" },
): Promise<Answer> {
  const shown = outcome.status === "failed" ? { ...outcome, error: withoutStack(outcome.error) } : outcome;
  return {
    status: outcome.status === "running" ? 202 : 200,
    headers: preferenceApplied(call),
    body: {
      workflow,
      workflowId,
      methodId,
      ...("result" in shown ? await opened(call.parts, shown) : shown),
    },
  };
}

/** The outcome of a method that has ended; undefined while it runs, and when there is no such method (yet). */
export function endOf(state: State, methodId: string): ResultView | undefined {
  const result = resultOf(state, methodId);
  return result?.status === "running" ? undefined : result;
}

/** Says that the caller's wait was granted. */
export function preferenceApplied({ waitSeconds }: Call): { readonly [header: string]: string } {
  return waitSeconds === undefined ? {} : { "preference-applied": `wait=${waitSeconds}` };
}

/** Leaves out the stacks of an error and its causes: they tell a caller nothing but the insides of a function. */
export function withoutStack({ stack: _, cause, ...failure }: Failure): Failure {
  return cause ? { ...failure, cause: withoutStack(cause) } : failure;
}
