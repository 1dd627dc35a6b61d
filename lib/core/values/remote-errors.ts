import { type ErrorCode, InfiniticError } from "./errors.ts";
import { type Failure, namedCodeOf } from "./failure.ts";
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

/** What the constructors of the catalogue's errors set. */
const FACTS = new Set(["code", "name", "message", "stack", "cause", "errors", "properties"]);

const WORKFLOW_FACTS: readonly (keyof WorkflowNames)[] = ["workflow", "workflowId"];
const TASK_FACTS: readonly (keyof TaskNames)[] = ["service", "method", "taskId"];

/** Rebuilds an error from data: the catalogue's errors by their class, any other as a {@link RemoteError}. */
export function errorOf(failure: Failure): Error {
  const code = codeOf(failure);
  const { cause, errors } = failure;
  const options = {
    ...(cause && { cause: errorOf(cause) }),
    ...(errors && { errors: errors.map(errorOf) }),
  };
  if (code === undefined) return new RemoteError(failure, options);
  const error = catalogueError(code, failure, options);
  // What whoever threw it has changed or added arrives, too.
  define(error, "message", failure.message, false);
  for (const [key, value] of Object.entries(failure.properties ?? {})) {
    if (!FACTS.has(key) && !Object.hasOwn(error, key)) define(error, key, structuredClone(value), true);
  }
  if (options.errors) define(error, "errors", options.errors, false);
  // Where it is rebuilt says nothing of where it was thrown, which is told of its causes.
  define(error, "stack", Error.prototype.toString.call(error), false);
  return error;
}

function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, enumerable, configurable: true, writable: true });
}

/**
 * As {@link errorOf} was before rule `failuresArriveWhole`: the catalogue's errors were told by their names, and had
 * nothing else but what their class has.
 */
export function bareErrorOf(failure: Failure): Error {
  const options = failure.cause ? { cause: bareErrorOf(failure.cause) } : {};
  const code = namedCodeOf(failure);
  if (code === undefined) return new RemoteError(failure, options);
  return catalogueError(code, failure, options);
}

function catalogueError(code: ErrorCode, failure: Failure, options: ErrorOptions): Error {
  // Written by failureOf from an error of the class that the code says, so it has that class's properties.
  const properties = failure.properties as unknown as WorkflowNames & TaskNames;
  const WorkflowClass = WORKFLOW_ERRORS[code];
  if (WorkflowClass) return new WorkflowClass(properties, options);
  const TaskClass = TASK_ERRORS[code];
  if (TaskClass) return new TaskClass(properties, options);
  return new InfiniticError(code, failure.message, options);
}

/**
 * The code of a catalogue's error; undefined for a user's, whatever its name and its properties are.
 *
 * Earlier versions marked nothing: of their failures, what has a stack is a user's, and what lacks a fact of its class.
 */
export function codeOf(failure: Failure): ErrorCode | undefined {
  const { foreign, properties = {}, stack } = failure;
  const code = namedCodeOf(failure);
  if (code === undefined || foreign || stack !== undefined) return undefined;
  const facts = WORKFLOW_ERRORS[code] ? WORKFLOW_FACTS : TASK_ERRORS[code] ? TASK_FACTS : [];
  return facts.every((fact) => typeof properties[fact] === "string") ? code : undefined;
}
