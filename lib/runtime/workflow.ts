import type { CheckMode } from "../core/model/script.ts";
import { InfiniticError } from "../core/values/errors.ts";
import type { JsonObject } from "../core/values/json.ts";
import { currentScope } from "./scope.ts";

/**
 * The base of workflow classes: fields are the instance's properties, methods orchestrate tasks.
 *
 * @example
 * export class OrderFlowV1 extends Workflow implements OrderFlow {
 *   readonly approved = channel<boolean>();
 *   readonly status = query(() => this.phase);
 *   private readonly payments = newService(Payments, { timeout: "1h" });
 */
export abstract class Workflow {}

/** A class of a workflow. Several versions may be registered; new instances take the highest. */
export interface WorkflowClass<W = unknown> {
  new (): Workflow & W;
  /** Default: 1. */
  readonly version?: number;
  /** Default: `"simple"`. */
  readonly checkMode?: CheckMode;
}

/** What an instance knows about itself. Tags and meta are frozen: an attempt to change them throws a TypeError. */
export interface WorkflowContext {
  readonly workflow: string;
  readonly workflowId: string;
  readonly run: string;
  readonly version: number;
  readonly startedAt: Date;
  readonly tags: readonly string[];
  readonly meta: JsonObject;
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
  return { ...key, version, startedAt: new Date(startedAt), tags, meta };
}
