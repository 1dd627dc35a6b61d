import { AsyncLocalStorage } from "node:async_hooks";
import type { RuleName } from "../core/model/rules.ts";
import { InfiniticError } from "../core/values/errors.ts";
import type { Random } from "../core/values/random.ts";
import type { MethodRun, RunningCode } from "./method-run.ts";
import type { WatchedInline } from "./property-watch.ts";

/** Whose code is running: known through the async context, so it survives every `await`. */
export interface Scope {
  readonly execution: RunningCode;
  /** Absent while fields are initialised and in queries. */
  readonly method?: MethodRun;
  /** What this code may do: `workflow` code issues commands, an `inline` task does I/O, a `query` only reads. */
  readonly mode: "workflow" | "inline" | "query";
  /** The inline task whose code it is, where its changes of properties are watched. */
  readonly task?: WatchedInline;
  /** The chance and the instant that it sees, where they are not the method's and the event's. */
  readonly random?: Random;
  readonly now?: number;
}

const storage = new AsyncLocalStorage<Scope>();

export function runInScope<T>(scope: Scope, run: () => T): T {
  return storage.run(scope, run);
}

/** Runs something that is no workflow code, although workflow code has brought it about. */
export function outOfScope<T>(run: () => T): T {
  return storage.exit(run);
}

export function currentScope(): Scope | undefined {
  return storage.getStore();
}

/** The scope in which nondeterminism is guarded: workflow code and queries, not inline tasks. */
export function guardedScope(): Scope | undefined {
  const scope = storage.getStore();
  return scope && scope.mode !== "inline" ? scope : undefined;
}

/**
 * The method that is running, for something that only a method may do.
 *
 * @throws InfiniticError `OUTSIDE_WORKFLOW`, `INVALID_INLINE`, `INVALID_QUERY`
 */
export function currentMethod(doing: string): MethodRun {
  const scope = storage.getStore();
  if (scope?.mode === "inline") {
    throw new InfiniticError(
      "INVALID_INLINE",
      `expected no use of the workflow inside an inline task, got ${doing}`,
    );
  }
  if (scope?.mode === "query") {
    throw new InfiniticError("INVALID_QUERY", `expected a query that only reads, got ${doing}`);
  }
  if (!scope?.method) {
    throw new InfiniticError(
      "OUTSIDE_WORKFLOW",
      `expected to be inside a method of a workflow, got ${doing} elsewhere`,
    );
  }
  return scope.method;
}

/** Whether a rule of the engine holds here: elsewhere than in a run that began before it. */
export function holds(rule: RuleName): boolean {
  return storage.getStore()?.execution.follows(rule) ?? true;
}
