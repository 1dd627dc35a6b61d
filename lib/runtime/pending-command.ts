import type { Command } from "../core/commands/command.ts";
import type { Check } from "../core/contract/check.ts";
import type { CodeEvent } from "../core/model/history.ts";
import type { Failure } from "../core/values/failure.ts";
import { childId, scopedId } from "../core/values/ids.ts";
import type { Json } from "../core/values/json.ts";
import {
  bareErrorOf,
  errorOf,
  TaskFailedError,
  TaskTimedOutError,
  WorkflowCanceledError,
  WorkflowError,
  WorkflowFailedError,
  WorkflowTimedOutError,
} from "../core/values/remote-errors.ts";
import { copyJson } from "./json-copy.ts";
import type { DeferredStatus, MethodRun, RunningCode, Source, Withdraw } from "./method-run.ts";

/** The events that carry an outcome of a command. */
type Outcomes = Exclude<CodeEvent, { kind: "method-started" | "signal-received" }>;

interface Waiter {
  readonly method: MethodRun;
  /** Which await of this command by the method it is, counting from 1. */
  readonly nth: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly withdraw: Withdraw;
}

/** A command that has outcomes (task, timer, child, method, inline), and who awaits them. */
export class PendingCommand implements Source {
  readonly command: Command;
  readonly #execution: RunningCode;
  readonly #received: Check | undefined;
  #status: DeferredStatus = "pending";
  #outcomes = 0;
  /** Its method was canceled: nothing more comes of it that a failed await of it could resume on. */
  #isDropped = false;
  /** Retries by hand so far. */
  #sequence = 0;
  #value: Json | Date | undefined;
  /** When it completed. */
  #at = 0;
  #error: Error | undefined;
  readonly #waiters = new Set<Waiter>();
  /** How many awaits each method has made. */
  readonly #awaits = new Map<MethodRun, number>();

  /** @param received what checks its results */
  constructor(execution: RunningCode, command: Command, received?: Check) {
    this.#execution = execution;
    this.command = command;
    this.#received = received;
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
    const nth = (this.#awaits.get(method) ?? 0) + 1;
    this.#awaits.set(method, nth);
    const waiter: Waiter = { method, nth, resolve, reject, withdraw: () => this.#remove(waiter) };
    this.#waiters.add(waiter);
    method.waits.add(waiter.withdraw);
    if (this.#status !== "pending" && this.#outcomes > 0) this.#deliver(waiter);
    return waiter.withdraw;
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

  retry(method: MethodRun): void {
    const { command } = this;
    if (command.kind !== "task" || (this.#status !== "failed" && this.#status !== "timedOut")) return;
    const sequence = this.#sequence + 1;
    this.#execution.issue(method, {
      kind: "task-retry",
      id: method.nextCommandId(),
      task: command.id,
      sequence,
    });
    this.reopen(sequence);
  }

  /** It was retried by hand: who awaits it from now on waits for the next outcome. */
  reopen(sequence: number): void {
    this.#sequence = sequence;
    this.#status = "pending";
  }

  /** Its method was canceled; another method that awaits it gets this error, if there is one. */
  cancel(error: Error | undefined): void {
    if (this.#status !== "pending") return;
    this.#status = "canceled";
    if (!error) return;
    this.#error = error;
    this.#isDropped = true;
    this.#end("canceled");
  }

  #complete(value: Json | Date | undefined): void {
    this.#value = value;
    this.#at = this.#execution.now;
    this.#end("completed");
  }

  #fail(failure: Failure): void {
    this.#error = this.#failed(failure);
    this.#end(this.#error instanceof WorkflowCanceledError ? "canceled" : "failed");
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
    const { method, nth } = waiter;
    if (this.#status === "completed") {
      this.#remove(waiter);
      try {
        waiter.resolve(this.#valueFor());
      } catch (refused) {
        waiter.reject(refused);
      }
      return;
    }
    const { id } = this.command;
    const hold = { command: id, outcome: this.#outcomes, from: nth };
    if (this.#execution.isHeld(method.index, hold)) return;
    this.#remove(waiter);
    if (this.command.kind !== "inline" && !this.#isDropped) method.delivered(this.#error, hold);
    waiter.reject(this.#error);
  }

  /** The value that an await gets: a copy of its own, and what the schema makes of it. */
  #valueFor(): unknown {
    if (this.#value instanceof Date) return new Date(this.#value);
    const value = copyJson(this.#value);
    const origin = { of: `received:${this.command.id}`, at: this.#at };
    return this.#received ? this.#execution.contracts.parse(this.#received, value, origin) : value;
  }

  #remove(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    waiter.method.waits.delete(waiter.withdraw);
  }

  #failed(failure: Failure): Error {
    const { command } = this;
    const own = this.#execution.follows("historyIsNotShared") ? structuredClone(failure) : failure;
    const cause = this.#execution.follows("failuresArriveWhole") ? errorOf(own) : bareErrorOf(own);
    if (command.kind === "task") return new TaskFailedError({ ...command, taskId: this.id }, { cause });
    if (command.kind !== "child" && command.kind !== "method") return cause;
    return isAbout(cause, command) ? cause : new WorkflowFailedError(command, { cause });
  }
}

/** Whether an error says what became of the called instance itself, not why its method failed. */
function isAbout(error: Error, { workflow, workflowId }: Command & { kind: "child" | "method" }): boolean {
  return error instanceof WorkflowError && error.workflow === workflow && error.workflowId === workflowId;
}

/** The workflow id of a child that was given none. */
export function mintChildId(method: MethodRun): string {
  return childId(method.execution.key, `${method.index}.${method.issued}`);
}
