import { type TaskView, taskViewOf } from "../core/model/task-view.ts";
import { InfiniticError } from "../core/values/errors.ts";
import { type CommandId, parseTaskId, type RunKey } from "../core/values/ids.ts";
import { readInstance, type StartedInstance } from "../instance/read-instance.ts";
import type { ApiParts } from "./api-setup.ts";

/** Where a task belongs. */
export type TaskKey = RunKey & { readonly command: CommandId };

/** Reads the task of an instance; undefined when it has none such. */
export function taskIn(instance: StartedInstance, { run, command }: TaskKey): TaskView | undefined {
  return instance.state.key.run === run ? taskViewOf(instance, command) : undefined;
}

/**
 * Reads a task, and the instance that has it.
 *
 * @throws InfiniticError `TASK_UNKNOWN`
 */
export async function readTask({ stateStore }: ApiParts, taskId: string) {
  const key = taskKeyOf(taskId);
  const { workflow, workflowId } = key;
  const instance = await readInstance(stateStore, { workflow, workflowId });
  const task = instance && taskIn(instance, key);
  if (!task) throw unknownTask(taskId);
  return { key, instance, task };
}

/** @throws InfiniticError `TASK_UNKNOWN` */
export function taskKeyOf(taskId: string): TaskKey {
  const key = parseTaskId(taskId);
  if (key) return key;
  throw unknownTask(taskId);
}

export function unknownTask(taskId: string): InfiniticError {
  return new InfiniticError(
    "TASK_UNKNOWN",
    `expected the id of a task, got ${JSON.stringify(taskId.slice(0, 600))}`,
  );
}

export function endedTask({ taskId, status }: TaskView): InfiniticError {
  return new InfiniticError("TASK_ENDED", `expected a task without an outcome, got ${taskId}: ${status}`);
}
