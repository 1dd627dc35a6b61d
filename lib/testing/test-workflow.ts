import type { WorkflowDefinition } from "../core/contract/definition.ts";
import {
  type ClassesAndOptions,
  type WorkflowOptions,
  type WorkflowSetup,
  workflowSetup,
} from "../engine/workflow-options.ts";
import type { WorkflowClass } from "../runtime/workflow-class.ts";

/** A workflow of a test system; made by {@link workflowOf}. */
export interface TestWorkflow extends Partial<Omit<WorkflowSetup<unknown>, "classes">> {
  readonly definition: WorkflowDefinition<unknown>;
  readonly classes: readonly WorkflowClass[];
}

/**
 * Registers a workflow's classes.
 *
 * @example
 * workflowOf(OrderFlow, OrderFlowV1)
 * @example
 * workflowOf(Billing, [BillingV1], { interceptors: [signed] })
 */
export function workflowOf<W>(
  definition: WorkflowDefinition<W>,
  classes: readonly WorkflowClass<W>[],
  options?: WorkflowOptions,
): TestWorkflow;
export function workflowOf<W>(
  definition: WorkflowDefinition<W>,
  ...classes: readonly WorkflowClass<W>[]
): TestWorkflow;
export function workflowOf<W>(
  definition: WorkflowDefinition<W>,
  ...given: ClassesAndOptions<W>
): TestWorkflow {
  return { definition, ...workflowSetup(given) };
}
