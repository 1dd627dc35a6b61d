import { ERRORS, type ErrorCode, InfiniticError } from "./errors.ts";
import type { Failure } from "./failure.ts";
import { RemoteError } from "./remote-error.ts";

/** Where a task belongs. */
export interface TaskNames {
  readonly service: string;
  readonly method: string;
  readonly taskId: string;
}

/** A task has failed for good. `cause` is the last attempt's error. */
export class TaskFailedError extends InfiniticError {
  readonly service: string;
  readonly method: string;
  readonly taskId: string;

  constructor(task: TaskNames, options?: ErrorOptions) {
    super("TASK_FAILED", `task ${task.service}.${task.method} failed`, options);
    this.service = task.service;
    this.method = task.method;
    this.taskId = task.taskId;
  }
}

/** A task had no outcome within its overall timeout. */
export class TaskTimedOutError extends InfiniticError {
  readonly service: string;
  readonly method: string;
  readonly taskId: string;

  constructor(task: TaskNames, options?: ErrorOptions) {
    super("TASK_TIMED_OUT", `task ${task.service}.${task.method} had no outcome within its timeout`, options);
    this.service = task.service;
    this.method = task.method;
    this.taskId = task.taskId;
  }
}

/** A task was canceled, or left behind by a workflow that ended. */
export class TaskCanceledError extends InfiniticError {
  readonly service: string;
  readonly method: string;
  readonly taskId: string;

  constructor(task: TaskNames, options?: ErrorOptions) {
    super("TASK_CANCELED", `task ${task.service}.${task.method} was canceled`, options);
    this.service = task.service;
    this.method = task.method;
    this.taskId = task.taskId;
  }
}

/** Which method of which instance. */
export interface WorkflowNames {
  readonly workflow: string;
  readonly workflowId: string;
  readonly method?: string;
}

type WorkflowCode = Extract<ErrorCode, `WORKFLOW_${string}`>;

/** What the errors about another instance have in common. */
export class WorkflowError extends InfiniticError {
  readonly workflow: string;
  readonly workflowId: string;
  readonly method?: string;

  constructor(code: WorkflowCode, names: WorkflowNames, what: string, options?: ErrorOptions) {
    const method = names.method === undefined ? "" : `.${names.method}`;
    super(code, `workflow ${names.workflow}${method} (${names.workflowId}) ${what}`, options);
    this.workflow = names.workflow;
    this.workflowId = names.workflowId;
    if (names.method !== undefined) this.method = names.method;
  }
}

/** A method of a workflow failed; `cause` says why. */
export class WorkflowFailedError extends WorkflowError {
  constructor(names: WorkflowNames, options?: ErrorOptions) {
    super("WORKFLOW_FAILED", names, "failed", options);
  }
}

/** The instance, or the method, was canceled. */
export class WorkflowCanceledError extends WorkflowError {
  constructor(names: WorkflowNames, options?: ErrorOptions) {
    super("WORKFLOW_CANCELED", names, "was canceled", options);
  }
}

/** The wait for a method's end was over its timeout; the instance goes on. */
export class WorkflowTimedOutError extends WorkflowError {
  constructor(names: WorkflowNames, options?: ErrorOptions) {
    super("WORKFLOW_TIMED_OUT", names, "had no outcome within the timeout", options);
  }
}

/** No instance has this id. */
export class WorkflowUnknownError extends WorkflowError {
  constructor(names: WorkflowNames, options?: ErrorOptions) {
    super("WORKFLOW_UNKNOWN", names, "is unknown", options);
  }
}

/** The instance has ended: it runs no more methods. */
export class WorkflowEndedError extends WorkflowError {
  constructor(names: WorkflowNames, options?: ErrorOptions) {
    super("WORKFLOW_ENDED", names, "has ended", options);
  }
}

const WORKFLOW_ERRORS: {
  readonly [code in ErrorCode]?: new (
    names: WorkflowNames,
    options?: ErrorOptions,
  ) => Error;
} = {
  WORKFLOW_FAILED: WorkflowFailedError,
  WORKFLOW_CANCELED: WorkflowCanceledError,
  WORKFLOW_TIMED_OUT: WorkflowTimedOutError,
  WORKFLOW_UNKNOWN: WorkflowUnknownError,
  WORKFLOW_ENDED: WorkflowEndedError,
};
const TASK_ERRORS: {
  readonly [code in ErrorCode]?: new (
    names: TaskNames,
    options?: ErrorOptions,
  ) => Error;
} = {
  TASK_FAILED: TaskFailedError,
  TASK_TIMED_OUT: TaskTimedOutError,
  TASK_CANCELED: TaskCanceledError,
};

/** Rebuilds an error from data: the catalogue's errors by their class, any other as a {@link RemoteError}. */
export function errorOf(failure: Failure): Error {
  const options = failure.cause ? { cause: errorOf(failure.cause) } : {};
  const code = codeOf(failure);
  if (code === undefined) return new RemoteError(failure, options);
  // Written by failureOf from an error of the class that the code says, so it has that class's properties.
  const properties = failure.properties as unknown as WorkflowNames & TaskNames;
  const WorkflowClass = WORKFLOW_ERRORS[code];
  if (WorkflowClass) return new WorkflowClass(properties, options);
  const TaskClass = TASK_ERRORS[code];
  if (TaskClass) return new TaskClass(properties, options);
  return new InfiniticError(code, failure.message, options);
}

/** The code of a catalogue error; a user's error may have any name, also one of ours, and any code. */
function codeOf({ name, properties }: Failure): ErrorCode | undefined {
  const code = properties?.["code"];
  if (typeof code !== "string" || !Object.hasOwn(ERRORS, code)) return undefined;
  return ERRORS[code as ErrorCode].name === name ? (code as ErrorCode) : undefined;
}
