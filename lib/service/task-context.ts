import { AsyncLocalStorage } from "node:async_hooks";
import { InfiniticError } from "../core/errors.ts";
import type { Failure } from "../core/failure.ts";
import type { Json, JsonObject } from "../core/json.ts";

/** What a task knows about the attempt that runs it. */
export interface TaskContext {
  /** The same over all attempts and retries: the idempotency key for what the task does outside. */
  readonly taskId: string;
  readonly service: string;
  readonly method: string;
  /** The workflow that waits for it. */
  readonly workflow: { readonly name: string; readonly id: string };
  /** 0 for the first attempt in a sequence. */
  readonly attempt: number;
  /** Retries by hand so far. */
  readonly sequence: number;
  readonly tags: readonly string[];
  /** Survives retries: what an attempt writes is seen by the next. */
  readonly meta: { [key: string]: Json };
  readonly lastFailure: Failure | undefined;
  /** Fires shortly before the attempt's timeout. */
  readonly signal: AbortSignal;
  /** Milliseconds until the attempt's timeout. */
  remainingMs(): number;
}

const storage = new AsyncLocalStorage<TaskContext>();

/**
 * Gives the context of the task that is running.
 *
 * @throws InfiniticError `OUTSIDE_WORKFLOW` outside a task that runs for a workflow
 * @example
 * await stripe.charges.create(charge, { idempotencyKey: taskContext().taskId });
 */
export function taskContext(): TaskContext {
  const context = storage.getStore();
  if (context) return context;
  throw new InfiniticError(
    "OUTSIDE_WORKFLOW",
    "expected to be inside a task of a workflow, got taskContext() elsewhere",
  );
}

export function runInTask<T>(context: TaskContext, run: () => T): T {
  return storage.run(context, run);
}

/** Copies meta, so that an attempt may write to it. */
export function writableMeta(meta: JsonObject | undefined): { [key: string]: Json } {
  return structuredClone(meta ?? {}) as { [key: string]: Json };
}
