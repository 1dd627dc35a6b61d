import type { ResultView } from "../core/model/view.ts";
import { InfiniticError } from "../core/values/errors.ts";
import {
  errorOf,
  WorkflowCanceledError,
  WorkflowFailedError,
  type WorkflowNames,
  WorkflowTimedOutError,
} from "../core/values/remote-errors.ts";
import type { Api } from "./api.ts";
import type { ClientAnswer } from "./client-options.ts";
import { poll } from "./poll.ts";

/** Which method of which instance, and what it is called in errors. */
export interface MethodNames extends WorkflowNames {
  readonly methodId: string;
  /** The run that the call has begun, or met. */
  readonly run?: string;
}

/** The path of an instance. */
export function instancePath({ workflow, workflowId }: WorkflowNames): string {
  return `/workflows/${encodeURIComponent(workflow)}/${encodeURIComponent(workflowId)}`;
}

/**
 * Waits until a method has ended, request after request.
 *
 * @param deadline epoch milliseconds; Infinity waits for ever
 * @throws WorkflowFailedError, WorkflowCanceledError, WorkflowUnknownError; WorkflowTimedOutError once the deadline
 * is over: the instance goes on
 */
export async function waitForEnd(api: Api, names: MethodNames, deadline: number): Promise<unknown> {
  const search = new URLSearchParams({ methodId: names.methodId });
  if (names.run !== undefined) search.set("run", names.run);
  const answer = await poll(api, {
    path: `${instancePath(names)}/result?${search}`,
    names,
    deadline,
    timedOut: new WorkflowTimedOutError(names),
    unknown: "WORKFLOW_UNKNOWN",
    isEnd: ({ status }) => status === 200,
  });
  return outcomeOf(answer, names);
}

/** Gives a method's result, or throws why there is none. */
export function outcomeOf({ body }: ClientAnswer, names: MethodNames): unknown {
  const outcome = body as ResultView | { readonly status: "timedOut" };
  switch (outcome.status) {
    case "completed":
      return outcome.result;
    case "failed":
      throw new WorkflowFailedError(names, { cause: errorOf(outcome.error) });
    case "canceled":
      throw new WorkflowCanceledError(names);
    case "timedOut":
      throw new WorkflowTimedOutError(names);
    default:
      throw new InfiniticError("API_UNAVAILABLE", "expected an outcome from the API, got something else");
  }
}
