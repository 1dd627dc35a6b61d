import type { Schemas } from "../core/contract/schemas.ts";
import type { ExecuteTaskMessage } from "../core/protocol/messages.ts";
import { InfiniticError } from "../core/values/errors.ts";
import { intercept } from "../core/values/intercept.ts";
import type { Json, JsonObject } from "../core/values/json.ts";
import { MAX_PAYLOAD_BYTES } from "../core/values/limits.ts";
import { isLongerThan, utf8Bytes } from "../core/values/utf8.ts";
import type { Clock } from "../ports/clock.ts";
import { AttemptTimeout } from "./attempt-timeout.ts";
import { batchKeyOf, type Call } from "./call.ts";
import type { Delegation } from "./delegated.ts";
import { type BatchContext, runInTasks, type TaskContext } from "./task-context.ts";
import type { TaskInterceptor } from "./task-interceptor.ts";

/** Gives a task's result as JSON, or rejects with why its attempt has failed. */
export type Results = (taskId: string) => Promise<Json | undefined>;

/** What a call is run with. */
export interface CallOptions {
  readonly service: string;
  readonly schemas: Schemas;
  /** By method; what such a method returns is nobody's result. */
  readonly delegated: ReadonlyMap<string, Delegation>;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly interceptors: readonly TaskInterceptor[];
}

/** The attempts that one call makes: of a task, or of each task of a batch. */
export interface Attempt {
  /** Rejects when the call failed, and with it every task. */
  readonly results: Promise<Results>;
  /** Gives a task's meta, to which its attempt may have written. */
  readonly metaOf: (taskId: string) => JsonObject;
}

/** Makes an attempt of tasks that workflows wait for. */
export function runAttempt(call: Call<ExecuteTaskMessage>, options: CallOptions): Attempt {
  const { shared, timeout } = begin(call, options);
  const contexts = new Map(call.tasks.map((task) => [task.taskId, contextOf(task, shared)]));
  const run = (): Promise<Results> =>
    runInTasks({ contexts, isBatch: call.isBatch }, () =>
      resultsOf(call, [...contexts.values()], shared, options),
    );
  return { results: timeout.bound(run), metaOf: (taskId) => contexts.get(taskId)?.meta ?? {} };
}

/** Makes a call that nobody's task is waiting for: there is no task's context in it. */
export function runDirectly(call: Call, options: CallOptions): Promise<Results> {
  const { shared, timeout } = begin(call, options);
  return timeout.bound(() => resultsOf(call, [], shared, options));
}

function begin(
  call: Call,
  { service, timeoutMs, clock }: CallOptions,
): { readonly shared: BatchContext; readonly timeout: AttemptTimeout } {
  const { method } = call;
  const timeout = new AttemptTimeout(`task ${service}.${method}`, timeoutMs, clock);
  const { signal, remainingMs } = timeout;
  return { timeout, shared: { service, method, batchKey: batchKeyOf(call.tasks), signal, remainingMs } };
}

function contextOf(task: ExecuteTaskMessage, shared: BatchContext): TaskContext {
  return {
    ...shared,
    taskId: task.taskId,
    workflow: { name: task.caller.workflow, id: task.caller.workflowId },
    attempt: task.attempt,
    sequence: task.sequence,
    tags: task.tags ?? [],
    headers: task.headers ?? {},
    meta: structuredClone(task.meta ?? {}) as { [key: string]: Json },
    lastFailure: task.lastFailure,
  };
}

async function resultsOf(
  { run, method }: Call,
  tasks: readonly TaskContext[],
  shared: BatchContext,
  { service, schemas, delegated, interceptors }: CallOptions,
): Promise<Results> {
  let answer: Awaited<ReturnType<typeof run>> | undefined;
  await intercept(interceptors, { service, method, tasks }, async () => {
    answer = await run(shared);
  });
  const answerOf = answer ?? neverCalled(method);
  const check = schemas.result(method);
  return async (taskId) => {
    const value = answerOf(taskId);
    if (delegated.has(method)) return undefined;
    const result = toJson(value, method);
    await check?.parse(result);
    return result;
  };
}

function neverCalled(method: string): never {
  const message = `expected the interceptors of ${method} to call next(), got none that did`;
  throw new InfiniticError("INVALID_OPTION", message);
}

function toJson(value: unknown, method: string): Json | undefined {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return undefined;
  if (!isLongerThan(MAX_PAYLOAD_BYTES, text)) return JSON.parse(text) as Json;
  throw new InfiniticError(
    "RESULT_TOO_LARGE",
    `expected a result of ${method} of at most ${MAX_PAYLOAD_BYTES} bytes of JSON, got ${utf8Bytes(text)}`,
  );
}
