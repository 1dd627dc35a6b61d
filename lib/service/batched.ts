import type { ArgsOf, MethodsOf, ResultOf } from "../core/contract/definition.ts";
import { InfiniticError } from "../core/values/errors.ts";
import type { Json } from "../core/values/json.ts";
import type { BatchContext } from "./task-context.ts";

/**
 * What a batched method gives: each task's result by its id, or the Error that this task alone fails with.
 *
 * Where the method gives nothing, so may the batched one: then all have completed.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: it asks whether a method is of those that give nothing
export type BatchResults<R> = [R] extends [void]
  ? Promise<void> | Promise<ReadonlyMap<string, undefined | Error> | undefined>
  : Promise<ReadonlyMap<string, R | Error>>;

/** A method for many tasks in one call: it is given each task's arguments by its id. */
export type BatchedMethod<M> = (
  tasks: ReadonlyMap<string, ArgsOf<M>>,
  batch: BatchContext,
) => BatchResults<ResultOf<M>>;

/** Batched methods of a service, by their names. */
export type BatchedMethods<S> = {
  readonly [M in keyof MethodsOf<S>]?: BatchedMethod<S[M & keyof S]>;
};

/** A batched method whose types are forgotten. */
export type BatchedImplementation = (
  tasks: ReadonlyMap<string, readonly Json[]>,
  batch: BatchContext,
) => unknown;

/**
 * Reads what a batched method gave. Ids that nobody asked for are left alone.
 *
 * @returns gives a task's result; throws its error, or `INVALID_BATCH_RESULT` when there is no result of it
 * @throws InfiniticError `INVALID_BATCH_RESULT` for what is no Map
 */
export function batchAnswer(results: unknown, what: string): (taskId: string) => unknown {
  if (results === undefined) return () => undefined;
  if (!(results instanceof Map)) {
    throw new InfiniticError(
      "INVALID_BATCH_RESULT",
      `expected batched ${what} to give a Map of results by task id, got ${typeOf(results)}`,
    );
  }
  return (taskId) => {
    const result: unknown = results.get(taskId);
    if (result instanceof Error) throw result;
    if (result !== undefined || results.has(taskId)) return result;
    throw new InfiniticError(
      "INVALID_BATCH_RESULT",
      `expected batched ${what} to give a result of task ${taskId}, got ${results.size} of other tasks`,
    );
  };
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? "an array" : value === null ? "null" : typeof value;
}
