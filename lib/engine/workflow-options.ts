import { type Duration, toTimeoutMs } from "../core/values/duration.ts";
import { InfiniticError } from "../core/values/errors.ts";
import { checkKeys } from "../core/values/option-keys.ts";
import { show } from "../core/values/show.ts";
import type { WorkflowClass } from "../runtime/workflow-class.ts";
import type { WorkflowInterceptor } from "../runtime/workflow-interceptor.ts";
import type { Retention } from "./step/retention.ts";

/** What a workflow is run with. */
export interface WorkflowOptions {
  /** Code around what comes to instances and what they send, the first one outermost. Default: none. */
  readonly interceptors?: readonly WorkflowInterceptor[];
  /** How long instances stay readable once they have ended. */
  readonly retention?: {
    /** Of completed and canceled instances. Default: 30 days. */
    readonly ended?: Duration;
    /** Of failed instances, which can be retried until then. Default: 90 days. */
    readonly failed?: Duration;
  };
}

/** The classes of a workflow: one after the other, or in a list with options after it. */
export type ClassesAndOptions<W> =
  | readonly [classes: readonly WorkflowClass<W>[], options?: WorkflowOptions | undefined]
  | readonly WorkflowClass<W>[];

/** The same, checked. */
export interface WorkflowSetup<W> {
  readonly classes: readonly WorkflowClass<W>[];
  readonly interceptors: readonly WorkflowInterceptor[];
  readonly retention: Partial<Retention>;
}

const HOOKS: readonly string[] = [
  "method",
  "signal",
  "query",
  "outbound",
] satisfies (keyof WorkflowInterceptor)[];

/**
 * Checks what a workflow is run with.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function workflowSetup<W>(given: ClassesAndOptions<W>): WorkflowSetup<W> {
  const [first, options = {}] = given as readonly [unknown, WorkflowOptions?];
  if (!Array.isArray(first)) {
    return { classes: given as readonly WorkflowClass<W>[], interceptors: [], retention: {} };
  }
  checkKeys(options, ["interceptors", "retention"]);
  const { interceptors = [], retention = {} } = options;
  checkKeys(retention, ["ended", "failed"]);
  if (!Array.isArray(interceptors))
    throw new InfiniticError(
      "INVALID_OPTION",
      `expected interceptors to be a list, got ${show(interceptors)}`,
    );
  for (const interceptor of interceptors) checkInterceptor(interceptor);
  const { ended, failed } = retention;
  return {
    classes: first as readonly WorkflowClass<W>[],
    interceptors,
    retention: {
      ...(ended !== undefined && { endedMs: toTimeoutMs(ended) }),
      ...(failed !== undefined && { failedMs: toTimeoutMs(failed) }),
    },
  };
}

function checkInterceptor(interceptor: unknown): void {
  if (typeof interceptor !== "object" || interceptor === null) {
    throw new InfiniticError(
      "INVALID_OPTION",
      `expected interceptors to be objects, got ${show(interceptor)}`,
    );
  }
  checkKeys(interceptor, HOOKS);
  for (const [name, hook] of Object.entries(interceptor)) {
    if (hook !== undefined && typeof hook !== "function")
      throw new InfiniticError("INVALID_OPTION", `expected ${name} to be a function, got ${show(hook)}`);
  }
}
