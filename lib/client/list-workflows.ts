import type { WorkflowDefinition } from "../core/contract/definition.ts";
import type { InstanceView } from "../core/model/view.ts";
import type { Api } from "./api.ts";

/** Which instances to list. */
export interface ListOptions {
  /** Of this workflow. Default: of all. */
  readonly workflow?: WorkflowDefinition<unknown>;
  readonly status?: Exclude<InstanceView["status"], "accepted">;
  /** Open instances that have this tag, in no order. */
  readonly tag?: string;
  /** Started at this instant or later; epoch milliseconds, or a Date. */
  readonly from?: number | Date;
  /** Started before this instant. */
  readonly to?: number | Date;
  /** Most instances of the page. Default: 20. */
  readonly limit?: number;
  /** What the page before this one gave. */
  readonly cursor?: string;
}

/** A page of instances, newest first. */
export interface ListPage {
  readonly instances: readonly (Pick<InstanceView, "workflow" | "workflowId" | "status"> & {
    /** Epoch milliseconds. */
    readonly startedAt: number;
  })[];
  /** Where the next page begins; absent on the last. */
  readonly cursor?: string;
}

/** Reads a page of instances. */
export async function listWorkflows(api: Api, options: ListOptions): Promise<ListPage> {
  const { workflow, from, to, ...others } = options;
  const search = new URLSearchParams();
  const facts = { workflow: workflow?.name, from: from?.valueOf(), to: to?.valueOf(), ...others };
  for (const [name, value] of Object.entries(facts)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return (await api.call({ method: "GET", path: `/workflows?${search}` })).body as ListPage;
}
