import type { Schemas } from "../core/contract/schemas.ts";
import type { ExecuteTaskMessage } from "../core/protocol/messages.ts";
import { InfiniticError } from "../core/values/errors.ts";
import type { Json } from "../core/values/json.ts";
import { type BatchedImplementation, batchAnswer } from "./batched.ts";
import type { BatchContext } from "./task-context.ts";

/** A service's code; its methods are found by name. */
export interface ServiceCode {
  readonly service: string;
  readonly schemas: Schemas;
  readonly implementation: object;
  /** A method that is here runs in no other way. */
  readonly batched: ReadonlyMap<string, BatchedImplementation>;
}

/** What a call needs to know of a task. */
export type CalledTask = Pick<ExecuteTaskMessage, "taskId" | "method" | "args" | "meta">;

/** One call of a service's code: of a method for one task, or of a batched method for those of one batch key. */
export interface Call<T extends CalledTask = CalledTask> {
  readonly method: string;
  readonly isBatch: boolean;
  readonly tasks: readonly T[];
  /** Gives what gives each task's value, or throws its own error. Rejects when the code throws: all tasks fail. */
  readonly run: (shared: BatchContext) => Promise<(taskId: string) => unknown>;
}

/** Parts tasks into calls: one for each task, but one for all of the same method and batch key where it is batched. */
export function callsOf<T extends CalledTask>(code: ServiceCode, tasks: readonly T[]): readonly Call<T>[] {
  const groups = Map.groupBy(tasks, (task) =>
    code.batched.has(task.method) ? JSON.stringify([task.method, batchKeyOf([task])]) : task,
  );
  return [...groups.values()].map((group) => {
    const { method } = group[0] as T; // a group has at least the task that made it
    const batched = code.batched.get(method);
    return batched ? batchCall(code, method, batched, group) : methodCall(code, method, group);
  });
}

function methodCall<T extends CalledTask>(code: ServiceCode, method: string, tasks: readonly T[]): Call<T> {
  const run = async (): Promise<() => unknown> => {
    const args = await checkedArgs(code, method, tasks[0]?.args ?? []);
    const value = await methodOf(code, method)(...args);
    return () => value;
  };
  return { method, isBatch: false, tasks, run };
}

function batchCall<T extends CalledTask>(
  code: ServiceCode,
  method: string,
  batched: BatchedImplementation,
  tasks: readonly T[],
): Call<T> {
  const run: Call["run"] = async (shared) => {
    const args = new Map<string, readonly Json[]>();
    const refused = new Map<string, unknown>();
    const checked = await Promise.allSettled(tasks.map((task) => checkedArgs(code, method, task.args)));
    for (const [index, { taskId }] of tasks.entries()) {
      const check = checked[index];
      if (check?.status === "fulfilled") args.set(taskId, check.value);
      else refused.set(taskId, check?.reason);
    }
    const results = args.size > 0 ? await batched(args, shared) : undefined;
    const answer = batchAnswer(results, `${code.service}.${method}`);
    return (taskId) => {
      if (refused.has(taskId)) throw refused.get(taskId);
      return answer(taskId);
    };
  };
  return { method, isBatch: true, tasks, run };
}

/** Gives what the schema of a method's arguments, if it has one, makes of them. */
async function checkedArgs(
  { schemas }: ServiceCode,
  method: string,
  args: readonly Json[],
): Promise<readonly Json[]> {
  // That it is what the interface takes is the compiler's word.
  return ((await schemas.args(method)?.parse(args)) as readonly Json[] | undefined) ?? args;
}

/** The text by which tasks of a method are parted into batches; the tasks of a call share it. */
export function batchKeyOf([task]: readonly CalledTask[]): string | undefined {
  const batchKey = task?.meta?.["batchKey"];
  return typeof batchKey === "string" ? batchKey : undefined;
}

function methodOf(
  { service, implementation }: ServiceCode,
  name: string,
): (...args: readonly Json[]) => unknown {
  const method = findMethod(implementation, name);
  if (method) return method;
  throw new InfiniticError("UNKNOWN_METHOD", `expected a method of service ${service}, got ${name}`);
}

/** Finds a method of an implementation by its name; what every object has is none. */
export function findMethod(
  implementation: object,
  name: string,
): ((...args: readonly Json[]) => unknown) | undefined {
  const method = (implementation as { readonly [name: string]: unknown })[name];
  return typeof method === "function" && !(name in Object.prototype)
    ? method.bind(implementation)
    : undefined;
}
