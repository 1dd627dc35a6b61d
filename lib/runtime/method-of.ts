import { InfiniticError } from "../core/values/errors.ts";
import type { Json } from "../core/values/json.ts";
import { Workflow } from "./workflow-class.ts";

/** Gives the method of this name that an instance's code has; undefined if it has none. */
export function methodOf(
  instance: Workflow,
  name: string,
): ((...args: readonly Json[]) => unknown) | undefined {
  const method = (instance as unknown as { [name: string]: unknown })[name];
  return typeof method === "function" && !(name in Workflow.prototype) ? method.bind(instance) : undefined;
}

/** The error of a call of a method that a workflow's code does not have. */
export function unknownMethod(workflow: string, name: string): InfiniticError {
  return new InfiniticError("UNKNOWN_METHOD", `expected a method of workflow ${workflow}, got ${name}`);
}
