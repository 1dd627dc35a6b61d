import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import type { Work } from "./system-under-test.ts";

export interface Text {
  concat(before: string, id: string): Promise<string>;
}
export const Text = defineService<Text>("Text");

export interface Chain {
  run(id: string, tasks: number): Promise<string>;
}
export const Chain = defineWorkflow<Chain>("Chain");

/** One-line string tasks, one after the other. */
export class ChainV1 extends Workflow implements Chain {
  private readonly text = newService(Text);

  async run(id: string, tasks: number): Promise<string> {
    let result = "";
    for (let task = 0; task < tasks; task++) result = await this.text.concat(result.slice(-20), id);
    return result;
  }
}

export type FunctionUsage = Work;

/** What the functions' process tells. */
export type FunctionReport =
  | { readonly kind: "ended"; readonly id: string; readonly status: string; readonly body: string }
  | { readonly kind: "task"; readonly id: string; readonly at: number }
  | { readonly kind: "usage"; readonly usage: FunctionUsage };

/** The id of a workflow one of whose steps is to be run cold. */
export const coldId = (id: string, step: number): string => `${id}~cold.${step}`;

/** Which step of the workflow with this id is to be run cold. */
export function coldStepOf(id: string): number | undefined {
  const step = /~cold\.(\d+)$/.exec(id)?.[1];
  return step === undefined ? undefined : Number(step);
}
