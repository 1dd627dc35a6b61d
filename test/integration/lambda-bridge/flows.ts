import { defineService, defineWorkflow } from "../../../lib/core/contract/definition.ts";
import type { Channel } from "../../../lib/runtime/channel.ts";
import { Workflow } from "../../../lib/runtime/workflow-class.ts";
import { taskContext } from "../../../lib/service/task-context.ts";
import { channel } from "../../../lib/workflow/channel.ts";
import { newService } from "../../../lib/workflow/service-stub.ts";
import { timer } from "../../../lib/workflow/timer.ts";

export interface Steps {
  append(text: string, step: string): Promise<string>;
  /** Takes its time. */
  slow(ms: number): Promise<string>;
}
export const Steps = defineService<Steps>("Steps");

export interface Flow {
  chain(text: string): Promise<string>;
  /** Receives words, and gives them in the order in which they came. */
  listen(words: number): Promise<readonly string[]>;
  slow(ms: number): Promise<string>;
  /** Waits, and gives how late it went on, in milliseconds. */
  rest(ms: number): Promise<number>;
  readonly words: Channel<string>;
}
export const Flow = defineWorkflow<Flow>("Flow");

export class FlowV1 extends Workflow implements Flow {
  readonly words = channel<string>();
  private readonly steps = newService(Steps);

  async chain(text: string): Promise<string> {
    const one = await this.steps.append(text, "a");
    return this.steps.append(one, "b");
  }

  async listen(words: number): Promise<readonly string[]> {
    const heard: string[] = [];
    while (heard.length < words) heard.push(await this.words.receive());
    return heard;
  }

  async slow(ms: number): Promise<string> {
    return this.steps.slow(ms);
  }

  async rest(ms: number): Promise<number> {
    const dueAt = Date.now() + ms;
    await timer(ms);
    return (await this.steps.append(String(dueAt), "")) === "" ? 0 : dueAt;
  }
}

/** The service, and how often each of its tasks was executed. */
export function countingSteps(): { readonly steps: Steps; readonly executions: ReadonlyMap<string, number> } {
  const executions = new Map<string, number>();
  const count = (): void => {
    const { taskId } = taskContext();
    executions.set(taskId, (executions.get(taskId) ?? 0) + 1);
  };
  const steps: Steps = {
    async append(text, step) {
      count();
      return text + step;
    },
    async slow(ms) {
      count();
      await new Promise((resolve) => setTimeout(resolve, ms));
      return "slow";
    },
  };
  return { steps, executions };
}
