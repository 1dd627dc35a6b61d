import { InfiniticError } from "../core/values/errors.ts";
import type { DeferredStatus, MethodRun, Source, Withdraw } from "./method-run.ts";
import { runInScope } from "./scope.ts";

type Outcome = { readonly holds: boolean } | { readonly error: unknown };

/** A condition that code of an instance waits for. It is no command: only its timeout is in history. */
export class Condition implements Source {
  readonly id: string;
  readonly #method: MethodRun;
  readonly #predicate: () => boolean;
  readonly #timeoutMs: number | undefined;
  readonly #waiters = new Set<(outcome: Outcome) => void>();
  #outcome: Outcome | undefined;
  #hasTimer = false;

  constructor(id: string, method: MethodRun, predicate: () => boolean, timeoutMs: number | undefined) {
    this.id = id;
    this.#method = method;
    this.#predicate = predicate;
    this.#timeoutMs = timeoutMs;
  }

  get isOver(): boolean {
    return this.#outcome !== undefined || this.#method.isAbandoned;
  }

  /** The method that asked for it was canceled: another one that awaits it gets this error. */
  cancel(method: MethodRun, error: Error): void {
    if (method === this.#method && !this.#outcome) this.#settle({ error });
  }

  status(): DeferredStatus {
    if (!this.#outcome) return "pending";
    return "holds" in this.#outcome ? "completed" : "failed";
  }

  subscribe(
    method: MethodRun,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ): Withdraw {
    const deliver = (outcome: Outcome): void => {
      withdraw();
      if ("holds" in outcome) resolve(outcome.holds);
      else reject(outcome.error);
    };
    const { conditions } = method.execution;
    const withdraw = (): void => {
      this.#waiters.delete(deliver);
      method.waits.delete(withdraw);
      // One that lost a race is not looked at any more, unless it is awaited again.
      if (this.#waiters.size === 0) conditions.remove(this);
    };
    if (this.#outcome) {
      deliver(this.#outcome);
      return withdraw;
    }
    this.#waiters.add(deliver);
    method.waits.add(withdraw);
    conditions.add(this);
    return withdraw;
  }

  /** Looks whether it holds now; if not, its timeout begins. Tells whether it has an outcome. */
  evaluate(): boolean {
    const outcome = this.#look();
    if ("error" in outcome || outcome.holds) this.#settle(outcome);
    else if (!this.#hasTimer && this.#timeoutMs !== undefined) this.#startTimer(this.#timeoutMs);
    return this.#outcome !== undefined;
  }

  #look(): Outcome {
    const { execution } = this.#method;
    try {
      const holds: unknown = runInScope({ execution, method: this.#method, mode: "query" }, this.#predicate);
      if (typeof holds === "boolean") return { holds };
      const got = holds instanceof Promise ? "a promise" : typeof holds;
      throw new InfiniticError("INVALID_OPTION", `expected a condition to be true or false, got ${got}`);
    } catch (error) {
      return { error };
    }
  }

  #startTimer(timeoutMs: number): void {
    this.#hasTimer = true;
    const method = this.#method;
    const { execution } = method;
    const command = { kind: "timer", id: method.nextCommandId(), dueAt: execution.now + timeoutMs } as const;
    const timeUp = (): void => {
      if (!this.#outcome) this.#settle(this.#look());
    };
    execution.call(method, command).subscribe(method, timeUp, timeUp);
  }

  #settle(outcome: Outcome): void {
    this.#outcome = outcome;
    this.#method.execution.conditions.remove(this);
    for (const deliver of this.#waiters) deliver(outcome);
  }
}

/** The conditions that an instance waits for, in the order in which they were asked for. */
export class Conditions {
  readonly #waiting = new Set<Condition>();
  #asked = 0;

  /** The number of one more. */
  next(): number {
    return this.#asked++;
  }

  add(condition: Condition): void {
    this.#waiting.add(condition);
  }

  remove(condition: Condition): void {
    this.#waiting.delete(condition);
  }

  /** Ends those of a canceled method. */
  cancel(method: MethodRun, error: Error): void {
    for (const condition of [...this.#waiting]) condition.cancel(method, error);
  }

  /**
   * Settles the first that holds; false when there is none. Before the next one is looked at, the code goes on: what
   * one that waited longer does may make it hold no more.
   */
  settleOne(): boolean {
    for (const condition of this.#waiting) {
      if (condition.isOver) this.#waiting.delete(condition);
      else if (condition.evaluate()) return true;
    }
    return false;
  }
}
