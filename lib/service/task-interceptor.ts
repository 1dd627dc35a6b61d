import type { Interceptor } from "../core/values/intercept.ts";
import type { TaskContext } from "./task-context.ts";

/** A call of a service's code. */
export interface TaskCall {
  readonly service: string;
  readonly method: string;
  /** The tasks that it runs an attempt of: one, or those of a batch; none when the function was invoked directly. */
  readonly tasks: readonly TaskContext[];
}

/**
 * Code around each call of a service's code: each attempt of a task, or of a batch. What it throws fails the attempt.
 *
 * It does not see results, and cannot change them: `next` resolves with nothing once the code has returned, and rejects
 * with what the code has thrown.
 *
 * @example
 * const timed: TaskInterceptor = async ({ service, method }, next) => {
 *   const startedAt = performance.now();
 *   try {
 *     await next();
 *   } finally {
 *     console.log(JSON.stringify({ service, method, ms: performance.now() - startedAt }));
 *   }
 * };
 */
export type TaskInterceptor = Interceptor<TaskCall, Promise<void>>;
