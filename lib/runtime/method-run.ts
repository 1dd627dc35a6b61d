import type { Command } from "../core/commands/command.ts";
import type { Check } from "../core/contract/check.ts";
import type { RuleName } from "../core/model/rules.ts";
import type { Hold } from "../core/values/hold.ts";
import type { CommandId, RunKey } from "../core/values/ids.ts";
import type { MessageHeaders } from "../core/values/message-headers.ts";
import type { Outcome } from "../core/values/outcome.ts";
import { Random } from "../core/values/random.ts";
import type { Demand } from "./demand.ts";
import type { InstanceFacts } from "./instance-facts.ts";
import { frozenJson } from "./json-copy.ts";
import type { Sleep } from "./sleep.ts";

export type DeferredStatus = "pending" | "completed" | "failed" | "timedOut" | "canceled";

/** Takes an await back: what it waits for will not be delivered to it. */
export type Withdraw = () => void;

/** What code durably waits for: a command of the history, mostly. */
export interface Source {
  readonly id: string;
  status(): DeferredStatus;
  /** Runs the task again, if it failed or timed out. */
  retry?(method: MethodRun): void;
  /**
   * Delivers one outcome, at once if there is one, else when it comes.
   *
   * @param demand who waits for it; a receive takes nothing that nobody wants. Default: it is wanted
   */
  subscribe(
    method: MethodRun,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
    demand?: Demand,
  ): Withdraw;
}

/** What workflow code began or awaits that is not in its history. */
export interface ForeignWork {
  /** Whose code it was; undefined for code of the instance that is no method's. */
  readonly method: MethodRun | undefined;
  /** What it is, and what to do instead. */
  readonly what: string;
  /** Code may wait for it beside something durable: it gives the same whenever it comes. */
  readonly isHarmless?: boolean;
  /** What is awaited: foreign only while it is pending. */
  readonly promise?: Promise<unknown>;
}

/** What a schema may look at beside a value, and a replay repeats: the same chance and instant for the same value. */
export interface Origin {
  /** Names the value, within the run. */
  readonly of: string;
  readonly at: number;
}

/** Something that is looked at after each event. */
interface Condition {
  readonly isOver: boolean;
  evaluate(): boolean;
}

/** An instance's code in memory, as its parts and the functions that authors call see it. */
export interface RunningCode {
  readonly key: RunKey;
  readonly facts: InstanceFacts;
  /** What authors see of the facts. */
  readonly context: Pick<InstanceFacts, "tags" | "meta">;
  /** The instant that workflow code sees. */
  readonly now: number;
  /** How many events the code was told of. */
  readonly events: number;
  /** The chance that field initialisers see. */
  readonly random: Random;
  /** Whether it matters which promise of the code waits for which. */
  readonly tracksAwaits: boolean;
  readonly foreign: { push(work: ForeignWork): void };
  readonly conditions: {
    next(): number;
    add(condition: Condition): void;
    remove(condition: Condition): void;
  };
  readonly contracts: { parse(check: Check | undefined, value: unknown, origin: Origin): unknown };
  readonly inlines: { readonly sleep: Sleep };
  readonly output: {
    /** Whether what code does is only done again. */
    isRepeated(by: { readonly method?: MethodRun }): boolean;
    /** Calls a method of the console. */
    write(
      name: keyof Console,
      args: readonly unknown[],
      by: { readonly method?: MethodRun; readonly mode: string },
    ): unknown;
  };
  readonly rejections: {
    add(promise: object, error: unknown, method: MethodRun | undefined): void;
    handled(promise: object): void;
  };
  /** Whether the run follows a rule of the engine. */
  follows(rule: RuleName): boolean;
  /** Records a command; gives it back as history has it. `sent` checks the values that it sends. */
  issue(method: MethodRun, command: Command, sent?: Check): Command;
  /** Issues a command that will have an outcome. */
  call(method: MethodRun, command: Command, sent?: Check, received?: Check): Source;
  /** Runs an inline task, unless history has its outcome. */
  runInline(method: MethodRun, id: CommandId, run: () => Promise<Outcome>): Source;
  /** Whether an outcome is to be kept from a method's await, the nth of that command. */
  isHeld(method: number, hold: Hold): boolean;
}

/** One method of an instance, as it runs. */
export class MethodRun {
  readonly execution: RunningCode;
  readonly index: number;
  readonly name: string;
  readonly random: Random;
  /** Those of the message that called it. */
  readonly headers: MessageHeaders;
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

  constructor(execution: RunningCode, index: number, name: string, headers: MessageHeaders = {}) {
    this.execution = execution;
    this.index = index;
    this.name = name;
    this.headers = frozenJson(headers);
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
