import { defineService, defineWorkflow } from "../../../lib/core/contract/definition.ts";
import type { Channel } from "../../../lib/runtime/channel.ts";
import { Workflow } from "../../../lib/runtime/workflow-class.ts";
import { channel } from "../../../lib/workflow/channel.ts";
import { newService } from "../../../lib/workflow/service-stub.ts";
import { getWorkflowById, newWorkflow } from "../../../lib/workflow/workflow-stub.ts";

export interface Steps {
  append(text: string, step: string): string;
  /** Fails at its first attempt. */
  flaky(text: string): string;
}
export const Steps = defineService<Steps>("Steps");

export interface Journey {
  run(index: number): Promise<string>;
}
export const Journey = defineWorkflow<Journey>("Journey");

export interface Errand {
  run(text: string): Promise<string>;
}
export const Errand = defineWorkflow<Errand>("Errand");

export interface Counter {
  run(signals: number): Promise<readonly number[]>;
  readonly add: Channel<number>;
}
export const Counter = defineWorkflow<Counter>("Counter");

/** How many counters there are. */
export const COUNTERS = 5;

/** Whether a journey ends with a child; the others send a signal to a counter. */
export const hasErrand = (index: number): boolean => index % 2 === 0;

/** Whether a journey's first task has a timeout: its wake-up is not due before long after the test. */
export const hasTimeout = (index: number): boolean => index % 10 === 0;

export const counterOf = (index: number): string => `counter-${index % (2 * COUNTERS)}`;

/** Three tasks in a chain, one that fails once, and a child or a signal. */
export class JourneyV1 extends Workflow implements Journey {
  private readonly steps = newService(Steps);
  private readonly timedSteps = newService(Steps, { timeout: "14m" });

  async run(index: number): Promise<string> {
    const first = hasTimeout(index) ? this.timedSteps : this.steps;
    let text = await first.append(`${index}`, "a");
    text = await this.steps.append(text, "b");
    text = await this.steps.append(text, "c");
    text = await this.steps.flaky(text);
    if (hasErrand(index)) return newWorkflow(Errand).run(text);
    getWorkflowById(Counter, counterOf(index)).add.send(index);
    return text;
  }
}

export class ErrandV1 extends Workflow implements Errand {
  private readonly steps = newService(Steps);

  async run(text: string): Promise<string> {
    return this.steps.append(text, "e");
  }
}

/** Gives all that it was sent, once that is enough. */
export class CounterV1 extends Workflow implements Counter {
  readonly add = channel<number>();

  async run(signals: number): Promise<readonly number[]> {
    const heard: number[] = [];
    for await (const number of this.add.receive({ limit: signals })) heard.push(number);
    return heard;
  }
}

/** What a journey gives in the end. */
export const resultOf = (index: number): string => `${index}abcf${hasErrand(index) ? "e" : ""}`;
