import { InfiniticError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { MAX_VALUE_CHARACTERS } from "../core/limits.ts";
import type { ExecuteTaskMessage } from "../core/messages.ts";
import type { Clock } from "../ports/clock.ts";
import { runInTask, type TaskContext, writableMeta } from "./task-context.ts";

/** A service's implementation; its methods are found by name. */
export type Implementation = object;

/** The share of the timeout, and at most how many milliseconds, that a task has left once its signal has fired. */
const GRACE_SHARE = 0.1;
const MAX_GRACE_MS = 1_000;

/** An attempt in progress, and the meta that it may write. */
export interface Attempt {
  readonly result: Promise<Json | undefined>;
  readonly meta: { [key: string]: Json };
}

/** Runs a method of a service for a task message, bounded by a timeout. */
export function runAttempt(
  implementation: Implementation,
  message: ExecuteTaskMessage,
  timeoutMs: number,
  clock: Clock,
): Attempt {
  const meta = writableMeta(message.meta);
  const controller = new AbortController();
  const deadline = clock.now() + timeoutMs;
  const context: TaskContext = {
    taskId: message.taskId,
    service: message.service,
    method: message.method,
    workflow: { name: message.caller.workflow, id: message.caller.workflowId },
    attempt: message.attempt,
    sequence: message.sequence,
    tags: message.tags ?? [],
    meta,
    lastFailure: message.lastFailure,
    signal: controller.signal,
    remainingMs: () => Math.max(0, deadline - clock.now()),
  };
  const run = async (): Promise<Json | undefined> =>
    resultOf(
      await methodOf(implementation, message.service, message.method)(...message.args),
      message.method,
    );
  return { meta, result: withTimeout(() => runInTask(context, run), controller, timeoutMs, message, clock) };
}

/**
 * Finds a method of a service by its wire name.
 *
 * @throws InfiniticError `UNKNOWN_METHOD`
 */
export function methodOf(
  implementation: Implementation,
  service: string,
  name: string,
): (...args: readonly Json[]) => unknown {
  const method = (implementation as { [name: string]: unknown })[name];
  if (typeof method === "function" && !(name in Object.prototype)) return method.bind(implementation);
  throw new InfiniticError("UNKNOWN_METHOD", `expected a method of service ${service}, got ${name}`);
}

/**
 * Converts a result to JSON.
 *
 * @throws InfiniticError `RESULT_TOO_LARGE`
 */
export function resultOf(value: unknown, method: string): Json | undefined {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return undefined;
  if (text.length <= MAX_VALUE_CHARACTERS) return JSON.parse(text) as Json;
  throw new InfiniticError(
    "RESULT_TOO_LARGE",
    `expected a result of ${method} of at most ${MAX_VALUE_CHARACTERS} characters of JSON, got ${text.length}`,
  );
}

async function withTimeout<T>(
  run: () => Promise<T>,
  controller: AbortController,
  timeoutMs: number,
  { service, method }: ExecuteTaskMessage,
  clock: Clock,
): Promise<T> {
  const timedOut = (): InfiniticError =>
    new InfiniticError(
      "ATTEMPT_TIMED_OUT",
      `expected task ${service}.${method} to end within ${timeoutMs} ms, got no outcome`,
    );
  const graceMs = Math.min(MAX_GRACE_MS, timeoutMs * GRACE_SHARE);
  const ended = new AbortController();
  const after = (ms: number, act: () => void): void => {
    clock.sleep(ms, ended.signal).then(act, () => undefined); // it rejects once the attempt has ended
  };
  after(timeoutMs - graceMs, () => controller.abort(timedOut()));
  const abandoned = new Promise<never>((_resolve, reject) => after(timeoutMs, () => reject(timedOut())));
  try {
    return await Promise.race([run(), abandoned]);
  } finally {
    ended.abort();
  }
}
