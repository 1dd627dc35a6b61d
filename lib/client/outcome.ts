import { hasCode, InfiniticError } from "../core/errors.ts";
import {
  errorOf,
  WorkflowCanceledError,
  WorkflowFailedError,
  type WorkflowNames,
  WorkflowTimedOutError,
} from "../core/remote-errors.ts";
import type { ResultView } from "../core/view.ts";
import type { Api, ApiAnswer } from "./api.ts";

/** The longest wait asked for in one request: some proxies give up at 30 s. */
const MAX_WAIT_SECONDS = 20;
/** The API says that an instance is unknown once nobody has seen it for so long. */
const UNKNOWN_AFTER_SECONDS = 10;
/** Between two waits, in case that something on the way does not let the API wait. */
const PAUSE_MS = 200;

/** Which method of which instance, and what it is called in errors. */
export interface MethodNames extends WorkflowNames {
  readonly methodId: string;
}

/** The path of an instance. */
export function instancePath({ workflow, workflowId }: WorkflowNames): string {
  return `/workflows/${encodeURIComponent(workflow)}/${encodeURIComponent(workflowId)}`;
}

/** The seconds that a request which must not be cut short may wait; undefined when there is not one. */
export function waitWithin(leftMs: number): number | undefined {
  const seconds = Math.min(MAX_WAIT_SECONDS, Math.floor(leftMs / 1_000));
  return seconds > 0 ? seconds : undefined;
}

/**
 * Waits until a method has ended, request after request.
 *
 * @param deadline epoch milliseconds; Infinity waits for ever
 * @throws WorkflowFailedError, WorkflowCanceledError, WorkflowUnknownError; WorkflowTimedOutError once the deadline
 * is over: the instance goes on
 */
export async function waitForEnd(api: Api, names: MethodNames, deadline: number): Promise<unknown> {
  const path = `${instancePath(names)}/result?methodId=${encodeURIComponent(names.methodId)}`;
  const { clock } = api;
  const over = new AbortController();
  const timer = new AbortController();
  const timedOut = new WorkflowTimedOutError(names);
  if (deadline !== Infinity) {
    clock.sleep(Math.max(0, deadline - clock.now()), timer.signal).then(
      () => over.abort(timedOut),
      () => undefined,
    );
  }
  try {
    for (;;) {
      const leftSeconds = Math.ceil((deadline - clock.now()) / 1_000);
      if (leftSeconds <= 0) throw timedOut;
      const waitSeconds = Math.min(MAX_WAIT_SECONDS, leftSeconds);
      try {
        const answer = await api.call({ method: "GET", path, names, waitSeconds, signal: over.signal });
        if (answer.status === 200) return outcomeOf(answer, names);
      } catch (error) {
        // Too early to tell: the instance may be about to start.
        if (hasCode(error, "WORKFLOW_UNKNOWN") && waitSeconds < UNKNOWN_AFTER_SECONDS) throw timedOut;
        throw error;
      }
      await clock.sleep(PAUSE_MS, over.signal);
    }
  } finally {
    timer.abort();
  }
}

/** Gives a method's result, or throws why there is none. */
export function outcomeOf({ body }: ApiAnswer, names: MethodNames): unknown {
  const outcome = body as ResultView;
  switch (outcome.status) {
    case "completed":
      return outcome.result;
    case "failed":
      throw new WorkflowFailedError(names, { cause: errorOf(outcome.error) });
    case "canceled":
      throw new WorkflowCanceledError(names);
    default:
      throw new InfiniticError("API_UNAVAILABLE", "expected an outcome from the API, got something else");
  }
}
