import type { Hold } from "../core/values/hold.ts";
import type { CommandId } from "../core/values/ids.ts";
import { Random } from "../core/values/random.ts";
import type { Withdraw } from "./deferred.ts";
import type { Execution } from "./execution.ts";

/** One method of an instance, as it runs. */
export class MethodRun {
  readonly execution: Execution;
  readonly index: number;
  readonly name: string;
  readonly random: Random;
  /** Commands issued so far: the next one's number. */
  issued = 0;
  /** Awaits that a durable outcome will end, each as the way to take it back. */
  readonly waits = new Set<Withdraw>();
  /** Requests to async generators that lost a race. */
  readonly lostRequests = new Set<Promise<unknown>>();
  ended = false;
  /** It was canceled: what awaits of its commands throw. */
  canceled: Error | undefined;
  /** It was canceled, or has failed for good: nothing that its code still does has an effect. */
  isAbandoned = false;
  /** Failures delivered to this method: what would undo it, at which event, and how many commands it had issued. */
  readonly #deliveries = new Map<
    unknown,
    { readonly hold: Hold; readonly event: number; readonly issued: number }
  >();
  readonly #combined = new Map<unknown, readonly unknown[]>();

  constructor(execution: Execution, index: number, name: string) {
    this.execution = execution;
    this.index = index;
    this.name = name;
    this.random = new Random(`${execution.key.run}:${index}`);
  }

  /** Notes that a failure was delivered. What came of an earlier event's delivery may have been seen: it stays. */
  delivered(error: unknown, hold: Hold): void {
    const { issued } = this;
    const event = this.execution.events;
    const before = this.#deliveries.get(error);
    if (before?.event === event && before.issued === issued) return;
    this.#deliveries.set(error, { hold, event, issued });
  }

  /** What undoes the delivery of a failure, unless a command was issued since. */
  holdsOf(error: unknown): readonly Hold[] {
    const made = this.#combined.get(error);
    if (made) return [...new Set(made.flatMap((reason) => this.holdsOf(reason)))];
    const delivery = this.#deliveries.get(error);
    return delivery?.issued === this.issued ? [delivery.hold] : [];
  }

  /** Notes that `Promise.any` has made an error of these, the reasons of all that it waited for. */
  combined(error: unknown, reasons: readonly unknown[]): void {
    if (this.execution.follows("anyIsHeld")) this.#combined.set(error, reasons);
  }

  /** Ends the method as it stands: nothing that it waits for is delivered any more. */
  cancel(): void {
    this.ended = true;
    this.isAbandoned = this.execution.follows("failedMethodsStop");
    for (const withdraw of this.waits) withdraw();
  }

  nextCommandId(): CommandId {
    return `${this.index}.${this.issued++}`;
  }

  /** Has the last command not issued: its number is the next one's. */
  takeBack(): void {
    this.issued--;
  }
}
