import fc from "fast-check";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { getWorkflowByTag, newWorkflow } from "../../lib/workflow/workflow-stub.ts";

/** A workflow's code as data: what the interpreter below does, step by step. */
export type Step =
  | { readonly do: "task"; readonly fails: boolean }
  | { readonly do: "hold-task" }
  | { readonly do: "retried-task" }
  | { readonly do: "by-tag" }
  | { readonly do: "parallel"; readonly steps: readonly Step[] }
  | { readonly do: "any"; readonly steps: readonly Step[] }
  | { readonly do: "race"; readonly ms: number }
  | { readonly do: "receive" }
  | { readonly do: "timer"; readonly ms: number }
  | { readonly do: "inline" }
  | { readonly do: "child" }
  | { readonly do: "try"; readonly body: readonly Step[]; readonly caught: readonly Step[] }
  | { readonly do: "finally"; readonly body: readonly Step[]; readonly last: readonly Step[] }
  | { readonly do: "note" };

export const { program } = fc.letrec<{ step: Step; program: readonly Step[] }>((tie) => ({
  step: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.record({ do: fc.constant("task" as const), fails: fc.boolean() }),
    fc.record({ do: fc.constant("race" as const), ms: fc.integer({ min: 0, max: 5_000 }) }),
    fc.constant({ do: "receive" as const }),
    fc.constant({ do: "hold-task" as const }),
    fc.constant({ do: "retried-task" as const }),
    fc.constant({ do: "by-tag" as const }),
    fc.record({ do: fc.constant("timer" as const), ms: fc.integer({ min: -5, max: 5_000 }) }),
    fc.constant({ do: "inline" as const }),
    fc.constant({ do: "child" as const }),
    fc.constant({ do: "note" as const }),
    fc.record({ do: fc.constant("parallel" as const), steps: tie("program") }),
    fc.record({ do: fc.constant("any" as const), steps: tie("program") }),
    fc.record({ do: fc.constant("try" as const), body: tie("program"), caught: tie("program") }),
    fc.record({ do: fc.constant("finally" as const), body: tie("program"), last: tie("program") }),
  ),
  program: fc.array(tie("step"), { minLength: 1, maxLength: 4 }),
}));

interface Desk {
  work(nth: number): number;
}
export const Desk = defineService<Desk>("Desk");

interface Interpreter {
  run(program: readonly Step[]): Promise<readonly unknown[]>;
}
export const Interpreter = defineWorkflow<Interpreter>("Interpreter");

/** Runs a program; a second method may run beside the first, on the same fields. */
export class InterpreterV1 extends Workflow implements Interpreter {
  readonly word = channel<string>();
  private readonly desk = newService(Desk);
  private readonly log: unknown[] = [];
  private nth = 0;

  async run(program: readonly Step[]): Promise<readonly unknown[]> {
    await this.#all(program);
    return this.log;
  }

  async #all(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#one(step);
  }

  async #one(step: Step): Promise<void> {
    switch (step.do) {
      case "task":
        this.log.push(await this.desk.work(this.nth++));
        break;
      case "hold-task": {
        const held = this.desk.work(this.nth++);
        this.log.push(held.status(), await this.desk.work(this.nth++), held.status(), await held);
        break;
      }
      case "retried-task": {
        const task = this.desk.work(this.nth++);
        try {
          this.log.push(await task);
        } catch (error) {
          this.log.push((error as Error).name, task.status());
          task.retry();
          this.log.push(task.status(), await task);
        }
        break;
      }
      case "by-tag":
        getWorkflowByTag(Interpreter, "vip").run([]);
        break;
      case "parallel":
        await Promise.all(step.steps.map((one) => this.#one(one)));
        break;
      case "any":
        await Promise.any(step.steps.map((one) => this.#one(one)));
        break;
      case "race":
        this.log.push(await Promise.race([this.word.receive(), timer(step.ms)]));
        break;
      case "receive":
        this.log.push(await this.word.receive());
        break;
      case "timer":
        await timer(step.ms);
        this.log.push(Date.now(), Math.random(), crypto.randomUUID());
        break;
      case "inline":
        this.log.push(await inline(async () => this.nth * 2));
        break;
      case "child":
        this.log.push(await newWorkflow(Interpreter).run([]));
        break;
      case "try":
        try {
          await this.#all(step.body);
        } catch (error) {
          this.log.push((error as Error).name);
          await this.#all(step.caught);
        }
        break;
      case "finally":
        try {
          await this.#all(step.body);
        } finally {
          this.log.push("finally");
          if (step.last.length > 1) await this.#all(step.last);
        }
        break;
      case "note":
        this.log.push(this.nth);
    }
  }
}
