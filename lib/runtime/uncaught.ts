import { setImmediate } from "node:timers";
import type { UncaughtView } from "../core/model/view.ts";
import { failureOf } from "../core/values/failure.ts";
import type { RunKey } from "../core/values/ids.ts";
import type { MethodRun, RunningCode } from "./method-run.ts";
import { currentScope, outOfScope } from "./scope.ts";
import { makerOf } from "./step-watch.ts";

/** How many errors of one run are kept, and of how many runs, until a commit takes them. */
const MAX_OF_RUN = 10;
const MAX_RUNS = 1_000;
/** Characters of a message that are kept: the log has it whole. */
const MAX_MESSAGE = 500;

/** What was thrown in a run since its last commit, by its key. The process has one place where such errors arrive. */
const untold = new Map<string, UncaughtView[]>();

let isInstalled = false;

/** What is rejected first after a replay: what is rejected before it was so in an earlier step, too. */
const FENCE = new Error("the end of a replay");

/**
 * Has errors that workflow code throws where nobody can catch them attributed to their instance: those of promises that
 * nobody awaits, of callbacks and ticks. They end neither the process nor a neighbour. Node does with all others what
 * it did, whoever listens. Once for each copy of this library.
 */
export function attributeUncaught(): void {
  if (isInstalled) return;
  isInstalled = true;
  const emit = process.emit as (this: NodeJS.Process, event: string, ...args: unknown[]) => boolean;
  const attributing = function (this: NodeJS.Process, event: string, ...args: unknown[]): boolean {
    return attribute(event, args) || emit.call(this, event, ...args);
  };
  process.emit = attributing as typeof process.emit;
}

/** The errors of a run that no commit has. */
export function uncaughtOf(key: RunKey): readonly UncaughtView[] {
  return untold.get(nameOf(key)) ?? [];
}

/** Forgets those that a commit has. */
export function forgetUncaught(key: RunKey, committed: readonly UncaughtView[]): void {
  const left = uncaughtOf(key).filter((one) => !committed.includes(one));
  if (left.length > 0) untold.set(nameOf(key), left);
  else untold.delete(nameOf(key));
}

/** A caller's key may name the runs of several instances. */
function nameOf({ workflow, workflowId, run }: RunKey): string {
  return `${workflow}:${workflowId}:${run}`;
}

/** Whether it is an event about workflow code, which is dealt with. */
function attribute(event: string, [first, promise]: readonly unknown[]): boolean {
  if (event === "rejectionHandled") return isHandled(first as object);
  const isRejection = event === "unhandledRejection";
  if (!isRejection && event !== "uncaughtException") return false;
  const scope = currentScope();
  // What rejects a promise may be code of others.
  const execution = (isRejection && makerOf(promise as object)) || scope?.execution;
  if (!execution) return false;
  const method = scope?.execution === execution ? scope.method : undefined;
  if (isRejection && scope?.mode !== "inline") execution.rejections.add(promise as object, first, method);
  else if (!execution.output.isRepeated(method ? { method } : {})) tellUncaught(execution, first, method);
  return true;
}

function isHandled(promise: object): boolean {
  const execution = makerOf(promise);
  execution?.rejections.handled(promise);
  return execution !== undefined;
}

/** Writes a line into the log, and keeps the error for the instance's description. */
function tellUncaught({ key, now }: RunningCode, error: unknown, method?: MethodRun): void {
  const failure = failureOf(error);
  const named = method && { method: method.name };
  const line = { level: "error", code: "UNCAUGHT_ERROR", ...key, ...named, error: failure };
  outOfScope(() => console.error(JSON.stringify(line)));
  const { name } = failure;
  const message = failure.message.slice(0, MAX_MESSAGE);
  const all = [...uncaughtOf(key), { at: now, ...named, failure: { name, message } }].slice(-MAX_OF_RUN);
  untold.delete(nameOf(key));
  untold.set(nameOf(key), all);
  for (const oldest of untold.keys()) {
    if (untold.size <= MAX_RUNS) break;
    untold.delete(oldest);
  }
}

/** A rejection that nobody has handled yet. */
interface Rejection {
  readonly error: unknown;
  readonly method: MethodRun;
}

/**
 * The rejections of an instance's promises that nobody has handled. What a step rejects may be awaited in a later one,
 * so it is told only once its method has ended, and what a replay rejects again is not told again. What is rejected
 * between steps is told at once.
 */
export class Rejections {
  readonly #execution: RunningCode;
  readonly #kept = new Map<object, Rejection>();
  /** Methods that have ended since the replay. */
  readonly #ended = new WeakSet<MethodRun>();
  #isReplaying: boolean;
  #turns = 0;

  constructor(execution: RunningCode, isReplaying: boolean) {
    this.#execution = execution;
    this.#isReplaying = isReplaying;
  }

  /** A step begins: what is rejected in this turn of the event loop is of this step. */
  beginStep(): void {
    this.#turns++;
    setImmediate(() => this.#turns--);
  }

  /** From now on nothing is a repetition. */
  goLive(): void {
    if (this.#execution.events === 0) this.#isReplaying = false;
    // Node tells of rejections in their order: those of the replay are told before this one.
    else void Promise.reject(FENCE);
  }

  add(promise: object, error: unknown, method: MethodRun | undefined): void {
    if (error === FENCE) this.#isReplaying = false;
    else if (method === undefined || this.#turns === 0) tellUncaught(this.#execution, error, method);
    else if (!method.ended) this.#kept.set(promise, { error, method });
    else if (!this.#isReplaying || this.#ended.has(method)) tellUncaught(this.#execution, error, method);
  }

  handled(promise: object): void {
    this.#kept.delete(promise);
  }

  /** A method has ended, not in a replay: what it has rejected nobody will await. */
  methodEnded(method: MethodRun): void {
    this.#ended.add(method);
  }

  /** The step is over: tells what was rejected in earlier ones by methods that have ended. */
  async endStep(): Promise<void> {
    const over = [...this.#kept].filter(([, { method }]) => this.#ended.has(method));
    if (over.length === 0) return;
    // Node tells in the event loop's next turn what was handled in this one.
    await new Promise((resolve) => setImmediate(resolve));
    for (const [promise, { error, method }] of over) {
      if (this.#kept.delete(promise)) tellUncaught(this.#execution, error, method);
    }
  }
}
