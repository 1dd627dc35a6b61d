import type { Check } from "../core/contract/check.ts";
import type { TaskView } from "../core/model/task-view.ts";
import { toTimeoutMs } from "../core/values/duration.ts";
import { InfiniticError } from "../core/values/errors.ts";
import {
  errorOf,
  TaskCanceledError,
  TaskFailedError,
  type TaskNames,
  TaskTimedOutError,
} from "../core/values/remote-errors.ts";
import type { Api } from "./api.ts";
import type { WaitOptions } from "./method-handle.ts";
import { newKey } from "./new-key.ts";
import { poll } from "./poll.ts";

/** A task by its id, in a workflow or outside. */
export class TaskHandle<R> {
  readonly taskId: string;
  readonly #api: Api;
  readonly #received: Check | undefined;

  /** @param received what checks its result */
  constructor(api: Api, taskId: string, received?: Check) {
    this.taskId = taskId;
    this.#api = api;
    this.#received = received;
  }

  /**
   * Waits for the task's result; who waits again after a retry gets the new outcome.
   *
   * @throws TaskFailedError (its cause is the last attempt's error), TaskTimedOutError, also when this wait is over
   * its own timeout, TaskCanceledError; InfiniticError `TASK_UNKNOWN`
   */
  async result({ timeout }: WaitOptions = {}): Promise<R> {
    const { taskId } = this;
    const { body } = await poll(this.#api, {
      path: taskPath(taskId),
      deadline: timeout === undefined ? Infinity : this.#api.clock.now() + toTimeoutMs(timeout),
      timedOut: new TaskTimedOutError({ ...NAMELESS, taskId }),
      unknown: "TASK_UNKNOWN",
      isEnd: ({ body }) => (body as TaskView).status !== "running",
    });
    const result = taskOutcomeOf(body as TaskView);
    // What a task returns is its interface's promise.
    return (this.#received ? await this.#received.parse(result) : result) as R;
  }

  /** Tells how the task stands. */
  async describe(): Promise<TaskView> {
    return (await this.#api.call({ method: "GET", path: taskPath(this.taskId) })).body as TaskView;
  }

  /** Runs the task again, if it failed or timed out. Resolves once the message is on its way. */
  retry(): Promise<void> {
    return controlTask(this.#api, this.taskId, "retry");
  }

  /** Cancels a task outside a workflow. Resolves once the message is on its way. */
  cancel(): Promise<void> {
    return controlTask(this.#api, this.taskId, "cancel");
  }
}

const NAMELESS = { service: "", method: "" };

/** Sends what concerns a task. Resolves once the message is on its way. */
export async function controlTask(
  api: Api,
  taskId: string,
  control: "complete" | "fail" | "heartbeat" | "retry" | "cancel",
  body: object = {},
): Promise<void> {
  const path = `${taskPath(taskId)}/${control}`;
  await api.call({ method: "POST", path, body, idempotencyKey: newKey(api.clock) });
}

/** Gives a task's result, or throws why there is none. */
export function taskOutcomeOf(task: TaskView): unknown {
  const { service, method, taskId } = task;
  const names: TaskNames = { service, method, taskId };
  switch (task.status) {
    case "completed":
      return task.result;
    case "failed":
      throw new TaskFailedError(names, task.error && { cause: errorOf(task.error) });
    case "timedOut":
      throw new TaskTimedOutError(names, task.lastFailure && { cause: errorOf(task.lastFailure) });
    case "canceled":
      throw new TaskCanceledError(names);
    default:
      throw new InfiniticError("API_UNAVAILABLE", "expected an outcome from the API, got something else");
  }
}

/** What no gateway can read as another path. */
const PLAIN = /^(?!\.{1,2}$)[\w.~@:-]+$/;

/** @throws InfiniticError `TASK_UNKNOWN` */
function taskPath(taskId: string): string {
  if (PLAIN.test(taskId)) return `/tasks/${encodeURIComponent(taskId)}`;
  throw new InfiniticError("TASK_UNKNOWN", `expected the id of a task, got ${JSON.stringify(taskId)}`);
}
