import { InfiniticError } from "../core/values/errors.ts";
import type { JsonObject } from "../core/values/json.ts";
import type { MessageHeaders } from "../core/values/message-headers.ts";
import { currentScope } from "../runtime/scope.ts";

/** What an instance knows about itself. What is in it is frozen: an attempt to change it throws a TypeError. */
export interface WorkflowContext {
  readonly workflow: string;
  readonly workflowId: string;
  readonly run: string;
  readonly version: number;
  readonly startedAt: Date;
  readonly tags: readonly string[];
  readonly meta: JsonObject;
  /** What the running method was called with: written by interceptors. Outside of methods empty. */
  readonly headers: MessageHeaders;
}

/**
 * Gives the facts about the running instance: in methods, queries and field initialisers.
 *
 * @throws InfiniticError `OUTSIDE_WORKFLOW`
 * @example
 * private readonly self = getWorkflowById(Diary, workflowContext().workflowId);
 */
export function workflowContext(): WorkflowContext {
  const scope = currentScope();
  if (!scope)
    throw new InfiniticError(
      "OUTSIDE_WORKFLOW",
      "expected to be inside a workflow, got workflowContext() elsewhere",
    );
  const { key, version, startedAt } = scope.execution.facts;
  const { tags, meta } = scope.execution.context;
  const headers = scope.method?.headers ?? {};
  return { ...key, version, startedAt: new Date(startedAt), tags, meta, headers };
}
