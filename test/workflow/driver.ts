import type { Command } from "../../lib/core/commands/command.ts";
import type { Ending } from "../../lib/core/model/history.ts";
import { RecordedCommands } from "../../lib/core/model/recorded-commands.ts";
import { CURRENT_RULES } from "../../lib/core/model/rules.ts";
import type { ToldEvent } from "../../lib/core/model/told-event.ts";
import type { Json } from "../../lib/core/values/json.ts";
import { Execution } from "../../lib/runtime/execution.ts";
import { installGuards } from "../../lib/runtime/guards.ts";
import type { InstanceFacts } from "../../lib/runtime/instance-facts.ts";
import type { WorkflowClass } from "../../lib/runtime/workflow-class.ts";

installGuards();
export const startedAt = Date.UTC(2026, 0, 1);
export const boom = { name: "TypeError", message: "boom" } as const;

/** Runs one instance's code by hand: each call tells it of one event, and gives what the code did. */
export class Driver {
  readonly execution: Execution;
  /** Everything that the code did so far. */
  readonly log: (Command | Ending)[] = [];
  now = startedAt;
  #methods = 0;

  constructor(workflowClass: WorkflowClass, facts: Partial<InstanceFacts> = {}) {
    const key = { workflow: "Trip", workflowId: "t-1", run: "r1" };
    const given = { version: 1, rules: CURRENT_RULES, startedAt, tags: ["vip"], meta: { by: "me" } };
    const script = new RecordedCommands([]);
    script.goLive();
    this.execution = new Execution(workflowClass, { key, ...given, ...facts }, script);
  }

  async tell(
    event: Omit<ToldEvent, "at"> & { readonly [field: string]: unknown },
  ): Promise<(Command | Ending)[]> {
    const { records } = await this.execution.deliver({ ...event, at: ++this.now } as ToldEvent);
    this.log.push(...records);
    return [...records];
  }

  run(name: string, ...args: readonly Json[]) {
    const method = this.#methods++;
    return this.tell({
      kind: "method-started",
      method,
      methodId: `m${method}`,
      messageId: `m${method}`,
      name,
      args,
    });
  }

  complete = (command: string, value?: Json) =>
    this.tell({ kind: "task-completed", command, ...(value !== undefined && { value }) });

  fail = (command: string, failure: object = boom) =>
    this.tell({ kind: "task-failed", command, sequence: 0, attempt: 0, failure });

  fire = (command: string) => this.tell({ kind: "timer-fired", command });

  signal = (channel: string, value?: Json) =>
    this.tell({
      kind: "signal-received",
      messageId: `s${this.now}`,
      channel,
      ...(value !== undefined && { value }),
    });

  child = (command: string, outcome: object, number = 1) =>
    this.tell({ kind: "child-ended", command, number, outcome });

  async cancel(method: number): Promise<void> {
    const event = { kind: "method-canceled", method } as const;
    if (this.execution.follows("canceledMethodsReject")) await this.tell(event);
    else this.execution.observe({ ...event, at: ++this.now });
  }

  /** Waits for the running inline tasks, one event each. */
  async inlines(): Promise<void> {
    for (let next = await this.execution.inlines.next(); next; next = await this.execution.inlines.next()) {
      await this.tell({ kind: "inline-completed", ...next });
    }
  }

  /** How a method ended: its value, or its failure's name and message; undefined while it runs. */
  end(method = 0): unknown {
    const ending = this.log.filter((record) => "method" in record && record.method === method).at(-1) as
      | Ending
      | undefined;
    if (!ending) return undefined;
    return ending.kind === "method-completed"
      ? { value: ending.value }
      : {
          error: ending.failure.name,
          message: ending.failure.message,
          ...(ending.held && { held: ending.held }),
        };
  }

  /** The ids of the commands issued, by kind. */
  get issued(): string[] {
    return this.log
      .filter((record): record is Command => "id" in record)
      .map(({ kind, id }) => `${kind} ${id}`);
  }
}

/** Lets things outside of any step happen: a turn of the event loop. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
