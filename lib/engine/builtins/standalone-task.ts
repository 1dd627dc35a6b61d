import { defineService } from "../../core/contract/definition.ts";
import type { Json, JsonObject } from "../../core/values/json.ts";
import { Workflow } from "../../runtime/workflow-class.ts";
import { newService } from "../../workflow/service-stub.ts";

/** What a task outside a workflow is dispatched with. */
export interface StandaloneTaskOptions {
  readonly timeoutMs?: number;
  readonly tags?: readonly string[];
  readonly meta?: JsonObject;
}

/** The built-in workflow of one task: a task outside a workflow has all that a task in one has. */
export class StandaloneTask extends Workflow {
  async run(
    service: string,
    method: string,
    args: readonly Json[],
    { timeoutMs, tags, meta }: StandaloneTaskOptions,
  ): Promise<unknown> {
    // The stub has whatever method it is asked for; the service says whether that exists.
    const tasks = newService(defineService(service), {
      ...(timeoutMs !== undefined && { timeout: timeoutMs }),
      ...(tags && { tags }),
      ...(meta && { meta }),
    }) as { readonly [method: string]: (...args: readonly Json[]) => unknown };
    return tasks[method]?.(...args);
  }
}
