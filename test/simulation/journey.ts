import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { fixedDelay } from "../../lib/core/values/retry.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { NonRetryableError } from "../../lib/service/non-retryable-error.ts";
import type { ServiceOptions } from "../../lib/service/service-options.ts";
import { taskContext } from "../../lib/service/task-context.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { workflowContext } from "../../lib/workflow/workflow-context.ts";
import { getWorkflowById, newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { drawnId, latch, lateRejection, meddlingInline, nestedTasks, patientWord } from "./edge-steps.ts";
import { heavy, weighed } from "./heavy.ts";
import type { Outcome, Step } from "./program.ts";

export interface Desk {
  work(name: string): Promise<string>;
  copy(text: string): Promise<string>;
  /** Fails so many attempts. */
  flaky(name: string, failures: number): Promise<string>;
  /** Fails for good until somebody retries it by hand. */
  stubborn(name: string): Promise<string>;
  /** Fails for good, always. */
  broken(name: string): Promise<string>;
  /** Is handed over. */
  delegate(name: string): Promise<string>;
  /** Is handed over, and fails when nothing is heard of it for a while. */
  watch(name: string): Promise<string>;
  /** Is called once for several tasks. */
  batch(name: string): Promise<string>;
}
export const Desk = defineService<Desk>("Desk");

interface Journey {
  run(steps: readonly Step[], collector: string): Promise<readonly Outcome[]>;
  fail(name: string): Promise<string>;
  /** A side method, which fails for good. */
  stumble(name: string): Promise<string>;
  share(): Promise<string>;
  /** Gives back what it was given. */
  keep(text: string): Promise<string>;
  readonly words: Channel<string>;
  readonly news: Channel<string>;
}
export const Journey = defineWorkflow<Journey>("Journey");

interface Collector {
  run(count: number): Promise<readonly string[]>;
  answer(name: string): Promise<string>;
  readonly heard: Channel<string>;
}
export const Collector = defineWorkflow<Collector>("Collector");

/** Does the steps of a program with the library's means. */
export class JourneyV1 extends Workflow implements Journey {
  readonly words = channel<string>();
  readonly news = channel<string>();
  readonly desk = newService(Desk);
  private readonly self = getWorkflowById(Journey, workflowContext().workflowId);
  private readonly impatient = newService(Desk, { timeout: "3s" });
  readonly marks: string[] = [];
  private collector = "";

  async run(steps: readonly Step[], collector: string): Promise<readonly Outcome[]> {
    this.collector = collector;
    const outcomes: Outcome[] = [];
    for (const step of steps) outcomes.push(await this.#go(step));
    return outcomes;
  }

  async fail(name: string): Promise<string> {
    return this.desk.broken(name);
  }

  async stumble(name: string): Promise<string> {
    await this.desk.work(name);
    throw new RangeError(`${name} stumbles`);
  }

  async share(): Promise<string> {
    await this.desk.work("nothing");
    await timer(200);
    return "shared";
  }

  async keep(text: string): Promise<string> {
    await this.desk.work("nothing");
    return text;
  }

  async #go(step: Step): Promise<Outcome> {
    switch (step.do) {
      case "task":
        return this.desk.work(step.name);
      case "heavy":
        return weighed(await this.desk.copy(heavy(step.name)));
      case "flaky":
        return this.desk.flaky(step.name, step.failures);
      case "stubborn":
        return this.desk.stubborn(step.name);
      case "retried":
        return this.#retried(step.name);
      case "broken":
        return errorOf(this.desk.broken(step.name));
      case "delegated":
        return this.desk.delegate(step.name);
      case "overdue":
        return errorOf(this.impatient.delegate(step.name));
      case "timer":
        await timer(step.ms);
        return "time";
      case "inline":
        return inline(() => `${step.name} inline`);
      case "word":
        return this.words.receive();
      case "heavy-word":
        return weighed(await this.words.receive());
      case "news":
        return this.news.receive();
      case "patient":
        return patientWord(this, step.form, step.ms);
      case "batched":
        return this.desk.batch(step.name);
      case "watched":
        return valueOrError(this.desk.watch(step.name));
      case "nested":
        return nestedTasks(this, step.name);
      case "latch":
        return latch(this, step.name);
      case "drawn":
        return drawnId(this);
      case "meddling":
        return meddlingInline(this, step.name);
      case "late":
        return lateRejection(this, step.name);
      case "side":
        return errorOf(this.self.stumble(step.name));
      case "signal":
        getWorkflowById(Collector, this.collector).heard.send(step.name);
        return "sent";
      case "ask":
        return valueOrError(getWorkflowById(Collector, this.collector).answer(step.name));
      case "shared-child":
        return newWorkflow(Journey, { customId: "shared" }).share();
      case "child":
        return newWorkflow(Journey).run(step.steps, "");
      case "broken-child":
        return errorOf(newWorkflow(Journey).fail(step.name));
      case "heavy-child":
        return weighed(await newWorkflow(Journey).keep(heavy(step.name)));
      case "race":
        return Promise.race(step.names.map((name) => this.desk.work(name)));
      case "parallel":
        return Promise.all(step.branches.map((branch) => this.#branch(branch)));
    }
  }

  async #branch(steps: readonly Step[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const step of steps) outcomes.push(await this.#go(step));
    return outcomes;
  }

  async #retried(name: string): Promise<string> {
    const task = this.desk.stubborn(name);
    try {
      return await task;
    } catch (error) {
      task.retry();
      return `${(error as Error).name}, then ${await task}`;
    }
  }
}

export class CollectorV1 extends Workflow implements Collector {
  readonly heard = channel<string>();
  private readonly desk = newService(Desk);

  async answer(name: string): Promise<string> {
    return this.desk.work(name);
  }

  async run(count: number): Promise<readonly string[]> {
    const all: string[] = [];
    while (all.length < count) all.push(await this.heard.receive());
    return all;
  }
}

async function valueOrError(call: PromiseLike<string>): Promise<string> {
  try {
    return await call;
  } catch (error) {
    return (error as Error).name;
  }
}

async function errorOf(call: PromiseLike<unknown>): Promise<string> {
  try {
    return `expected an error, got ${JSON.stringify(await call)}`;
  } catch (error) {
    return (error as Error).name;
  }
}

/** The service's code in one sandbox; each call takes some time. */
export function deskWith(clock: Clock, workMs: (taskId: string) => number): Desk {
  const work = async (answer: string): Promise<string> => {
    await clock.sleep(workMs(taskContext().taskId));
    return answer;
  };
  return {
    work: (name: string) => work(`${name} done`),
    copy: (text: string) => work(`copy of ${text}`),
    flaky: async (name: string, failures: number) => {
      const { attempt } = taskContext();
      await work(name);
      if (attempt < failures) throw new RangeError(`expected more than ${attempt} attempts`);
      return `${name} done`;
    },
    stubborn: async (name: string) => {
      const { sequence } = taskContext();
      await work(name);
      if (sequence === 0) throw new NonRetryableError("expected a retry by hand");
      return `${name} done`;
    },
    broken: async (name: string) => {
      await work(name);
      throw new NonRetryableError("expected nothing but this");
    },
    delegate: (name: string) => work(name),
    watch: (name: string) => work(name),
    batch: async (name: string) => {
      throw new NonRetryableError(`expected ${name} in a batch`);
    },
  };
}

export const DESK_OPTIONS: ServiceOptions<Desk> = {
  retry: fixedDelay("200ms", { maxRetries: 40 }),
  delegated: { delegate: true, watch: { heartbeatTimeout: "20s" } },
  batched: {
    batch: async (tasks) => new Map([...tasks].map(([id, [name]]) => [id, `${name} batched`])),
  },
};
