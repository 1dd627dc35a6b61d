import type { Handler } from "../adapters/memory/function-invoker.ts";
import type { WorkflowHandler, WorkflowRequest } from "../engine/workflow-handler.ts";

/** A function that keeps its instances in memory from one invocation to the next. */
export function inOneSandbox(make: () => WorkflowHandler): Handler {
  return make() as Handler;
}

/** A function that has nothing in memory when it is invoked: its instances' code is rebuilt from history. */
export function inNewSandboxes(make: () => WorkflowHandler): Handler {
  make(); // what is wrong with its classes is told at once
  return (request) => make()(request as WorkflowRequest);
}
