import { AsyncLocalStorage } from "node:async_hooks";
import { InfiniticError } from "../core/values/errors.ts";
import type { Failure } from "../core/values/failure.ts";
import type { Json } from "../core/values/json.ts";
import type { MessageHeaders } from "../core/values/message-headers.ts";

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
  /** What interceptors have written where the workflow was started, or on the way. */
  readonly headers: MessageHeaders;
  /** Survives retries: what an attempt writes is seen by the next. */
  readonly meta: { [key: string]: Json };
  /** `batchKey` in its meta, if that is a text: a batch has tasks of one batch key. */
  readonly batchKey: string | undefined;
  readonly lastFailure: Failure | undefined;
  /** Fires shortly before the attempt's timeout. */
  readonly signal: AbortSignal;
  /** Milliseconds until the attempt's timeout. */
  remainingMs(): number;
}

/** What the tasks of a batch have in common. */
export type BatchContext = Pick<TaskContext, "service" | "method" | "batchKey" | "signal" | "remainingMs">;

/** The tasks that one call runs: one that knows that it is alone, or a batch, be it of one. */
export interface RunningTasks {
  readonly contexts: ReadonlyMap<string, TaskContext>;
  readonly isBatch: boolean;
}

const storage = new AsyncLocalStorage<RunningTasks>();

/**
 * Gives the context of the task that is running; in a batch, of the one that is asked for.
 *
 * @param taskId in a batch: of one of its tasks
 * @throws InfiniticError `OUTSIDE_WORKFLOW` outside a task that runs for a workflow; `INVALID_ARGUMENT` in a batch
 *   without an id, and for an id that is not running here
 * @example
 * const { taskId, attempt } = taskContext();
 * const payment = await provider.charge(cents, { idempotencyKey: taskId });
 */
export function taskContext(taskId?: string): TaskContext {
  const running = storage.getStore();
  if (!running) {
    throw new InfiniticError(
      "OUTSIDE_WORKFLOW",
      "expected to be inside a task of a workflow, got taskContext() elsewhere",
    );
  }
  const { contexts, isBatch } = running;
  const [onlyId] = isBatch ? [] : contexts.keys();
  const id = taskId ?? onlyId;
  const context = id === undefined ? undefined : contexts.get(id);
  if (context) return context;
  throw new InfiniticError(
    "INVALID_ARGUMENT",
    `expected taskContext(taskId) with the id of a task that runs here, got ${id ?? "none"}`,
  );
}

export function runInTasks<T>(running: RunningTasks, run: () => T): T {
  return storage.run(running, run);
}
