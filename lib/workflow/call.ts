import type { Failure } from "../core/failure.ts";
import type { CodeEvent, Command } from "../core/history.ts";
import { childId, scopedId } from "../core/ids.ts";
import type { Json } from "../core/json.ts";
import {
  errorOf,
  TaskFailedError,
  TaskTimedOutError,
  WorkflowFailedError,
  WorkflowTimedOutError,
} from "../core/remote-errors.ts";
import type { DeferredStatus, Source, Withdraw } from "./deferred.ts";
import type { Execution } from "./execution.ts";
import { copyJson } from "./json-copy.ts";
import type { MethodRun } from "./method-run.ts";

/** The events that carry an outcome of a command. */
type Outcomes = Exclude<CodeEvent, { kind: "method-started" | "signal-received" }>;

interface Waiter {
  readonly method: MethodRun;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A command that has outcomes (task, timer, child, method, inline), and who awaits them. */
export class Call implements Source {
  readonly command: Command;
  readonly #execution: Execution;
  #status: DeferredStatus = "pending";
  #outcomes = 0;
  #value: Json | Date | undefined;
  #error: Error | undefined;
  readonly #waiters = new Set<Waiter>();

  constructor(execution: Execution, command: Command) {
    this.#execution = execution;
    this.command = command;
  }

  get id(): string {
    const { command } = this;
    if (command.kind === "child") return command.workflowId;
    return scopedId(this.#execution.key, command.id);
  }

  status(): DeferredStatus {
    return this.#status;
  }

  subscribe(method: MethodRun, resolve: Waiter["resolve"], reject: Waiter["reject"]): Withdraw {
    const waiter: Waiter = { method, resolve, reject };
    this.#waiters.add(waiter);
    method.waits++;
    if (this.#status !== "pending") this.#deliver(waiter);
    return () => this.#remove(waiter);
  }

  /** Takes in an outcome. A failure may be followed by another one. */
  settle(event: Outcomes): void {
    if (event.kind === "task-completed") this.#complete(event.value);
    else if (event.kind === "timer-fired") this.#complete(new Date(event.at));
    else if (event.kind === "task-failed") this.#fail(event.failure);
    else if (event.kind === "task-timed-out" || event.kind === "child-timed-out") this.#timeOut();
    else if (event.outcome.kind === "completed") this.#complete(event.outcome.value);
    else this.#fail(event.outcome.failure);
  }

  cancel(): void {
    this.#status = "canceled";
    for (const waiter of this.#waiters) this.#remove(waiter);
  }

  #complete(value: Json | Date | undefined): void {
    this.#value = value;
    this.#end("completed");
  }

  #fail(failure: Failure): void {
    this.#error = this.#failed(failure);
    this.#end(this.#error.name === "WorkflowCanceledError" ? "canceled" : "failed");
  }

  #timeOut(): void {
    const { command } = this;
    this.#error =
      command.kind === "task"
        ? new TaskTimedOutError({ ...command, taskId: this.id })
        : new WorkflowTimedOutError(command as Command & { kind: "child" | "method" });
    this.#end("timedOut");
  }

  #end(status: DeferredStatus): void {
    this.#status = status;
    this.#outcomes++;
    for (const waiter of this.#waiters) this.#deliver(waiter);
  }

  #deliver(waiter: Waiter): void {
    const { method } = waiter;
    if (this.#status === "completed") {
      this.#remove(waiter);
      waiter.resolve(this.#value instanceof Date ? new Date(this.#value) : copyJson(this.#value));
      return;
    }
    const { id } = this.command;
    if (this.#execution.isHeld(method.index, id, this.#outcomes)) return;
    this.#remove(waiter);
    if (this.command.kind !== "inline") {
      method.deliveries.set(this.#error, { command: id, outcome: this.#outcomes, issued: method.issued });
    }
    waiter.reject(this.#error);
  }

  #remove(waiter: Waiter): void {
    if (this.#waiters.delete(waiter)) waiter.method.waits--;
  }

  #failed(failure: Failure): Error {
    const { command } = this;
    const cause = errorOf(failure);
    if (command.kind === "task") return new TaskFailedError({ ...command, taskId: this.id }, { cause });
    if (command.kind !== "child" && command.kind !== "method") return cause;
    const direct = ["WorkflowCanceledError", "WorkflowUnknownError", "WorkflowEndedError"];
    return direct.includes(cause.name) ? cause : new WorkflowFailedError(command, { cause });
  }
}

/** The workflow id of a child that was given none. */
export function mintChildId(method: MethodRun): string {
  return childId(method.execution.key, `${method.index}.${method.issued}`);
}
