import { type Failure, failureOf } from "./failure.ts";
import type { RunKey } from "./ids.ts";
import type { Json } from "./json.ts";
import { WorkflowCanceledError } from "./remote-errors.ts";

/** How a task, a child workflow's method or an inline task ended. A missing `value` is `undefined`. */
export type Outcome =
  | { readonly kind: "completed"; readonly value?: Json }
  | { readonly kind: "failed"; readonly failure: Failure };

/** How a canceled method ended, for whoever called it. */
export function canceledOutcome({ workflow, workflowId }: RunKey): Outcome {
  return { kind: "failed", failure: failureOf(new WorkflowCanceledError({ workflow, workflowId })) };
}
