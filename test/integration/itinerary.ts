import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { fixedDelay } from "../../lib/core/values/retry.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { taskContext } from "../../lib/service/task-context.ts";
import { serviceOf, type TestService } from "../../lib/testing/test-system.ts";
import { type TestWorkflow, workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { getWorkflowById, newWorkflow } from "../../lib/workflow/workflow-stub.ts";

/** One thing that an itinerary does; together they make every kind of effect there is. */
export type Leg = "task" | "flaky" | "parallel" | "signal" | "child" | "timer" | "far-timer";

/** Three tasks in a chain, two signals, a child, a timer, parallel tasks, and a task that fails once. */
export const FULL: readonly Leg[] = [
  "task",
  "signal",
  "task",
  "flaky",
  "signal",
  "child",
  "timer",
  "parallel",
  "task",
];

export interface Desk {
  work(item: string): string;
  /** Fails at its first attempt. */
  flaky(item: string): string;
}
export const Desk = defineService<Desk>("Desk");

interface Itinerary {
  run(legs: readonly Leg[], counterId: string): Promise<readonly string[]>;
}
export const Itinerary = defineWorkflow<Itinerary>("Itinerary");

interface Errand {
  run(item: string): Promise<string>;
}
export const Errand = defineWorkflow<Errand>("Errand");

interface Counter {
  run(): Promise<void>;
  readonly add: Channel<number>;
}
export const Counter = defineWorkflow<Counter>("Counter");

class ItineraryV1 extends Workflow implements Itinerary {
  private readonly desk = newService(Desk);

  async run(legs: readonly Leg[], counterId: string): Promise<readonly string[]> {
    const log: string[] = [];
    for (const [index, leg] of legs.entries()) log.push(await this.#go(leg, index, counterId));
    return log;
  }

  async #go(leg: Leg, index: number, counterId: string): Promise<string> {
    const item = `${leg} ${index}`;
    switch (leg) {
      case "task":
        return this.desk.work(item);
      case "flaky":
        return this.desk.flaky(item);
      case "parallel":
        return (await Promise.all([0, 1, 2].map((n) => this.desk.work(`${item}.${n}`)))).join();
      case "signal":
        getWorkflowById(Counter, counterId).add.send(index);
        return item;
      case "child":
        return newWorkflow(Errand).run(item);
      case "timer":
        await timer("100ms");
        return item;
      case "far-timer":
        await timer("20m");
        return item;
    }
  }
}

class ErrandV1 extends Workflow implements Errand {
  private readonly desk = newService(Desk);

  async run(item: string): Promise<string> {
    return `errand of ${await this.desk.work(item)}`;
  }
}

/** Hears every signal, for ever: what it heard is in its history. */
class CounterV1 extends Workflow implements Counter {
  readonly add = channel<number>();
  private readonly heard: number[] = [];

  async run(): Promise<void> {
    for await (const number of this.add) this.heard.push(number);
  }
}

export const WORKFLOWS: readonly TestWorkflow[] = [
  workflowOf(Itinerary, ItineraryV1),
  workflowOf(Errand, ErrandV1),
  workflowOf(Counter, CounterV1),
];

/** The service; `onTask` hears of each execution. */
export function desk(onTask: (taskId: string) => void): TestService {
  const work = (item: string): string => {
    onTask(taskContext().taskId);
    return `${item} done`;
  };
  const flaky = (item: string): string => {
    if (taskContext().attempt === 0) throw new RangeError("expected a second attempt, got the first");
    return work(item);
  };
  return serviceOf(Desk, { work, flaky }, { retry: fixedDelay("50ms", { maxRetries: 3 }) });
}

/** What an itinerary gives in the end. */
export function resultOf(legs: readonly Leg[]): readonly string[] {
  return legs.map((leg, index) => {
    const item = `${leg} ${index}`;
    if (leg === "task" || leg === "flaky") return `${item} done`;
    if (leg === "parallel") return [0, 1, 2].map((n) => `${item}.${n} done`).join();
    return leg === "child" ? `errand of ${item} done` : item;
  });
}
