import { InfiniticError } from "./errors.ts";
import { hash128 } from "./hash.ts";
import { show } from "./show.ts";

/** One life of an instance. Everything minted in it begins with these three, joined by `:`. */
export interface RunKey {
  readonly workflow: string;
  readonly workflowId: string;
  readonly run: string;
}

/** A command's id in its run: `<method index>.<number>`, numbers counting from 0 in the order issued. */
export type CommandId = string;

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const COMMAND = /^\d+\.\d+$/;
const ID = /^[A-Za-z0-9._~@-]{1,128}$/;

/** Tells whether a value may name a workflow or a service. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && NAME.test(value);
}

/** The built-in workflow of a task outside a workflow. */
export const TASK_WORKFLOW = "infinitic-task";

/** Whether a workflow is the built-in one, or that of one stack: each has a topic of its own. */
export function isTaskWorkflow(name: string): boolean {
  return name === TASK_WORKFLOW || name.startsWith(`${TASK_WORKFLOW}-`);
}

/** The built-in workflow's name in one of several stacks that share topics. */
export function taskWorkflowOf(stack: string): string {
  const name = `${TASK_WORKFLOW}-${stack}`;
  return isName(name) ? name : `${TASK_WORKFLOW}-${hash128(stack)}`;
}

/** The name of the workflow whose code an instance runs. */
export function codeWorkflow(workflow: string): string {
  return isTaskWorkflow(workflow) ? TASK_WORKFLOW : workflow;
}

/** The task's command in that workflow: its first and only one. */
export const STANDALONE_COMMAND: CommandId = "0.0";

/** What a URL cannot hold as a segment, or the API has for itself. */
const RESERVED: readonly string[] = [".", "..", "by-tag"];

/** Tells whether a value may be a workflow id that somebody chooses. */
export function isWorkflowId(value: unknown): value is string {
  return isId(value) && !RESERVED.includes(value);
}

/**
 * Returns the workflow id, if somebody may choose it.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkWorkflowId(id: string): string {
  if (isWorkflowId(id)) return id;
  throw new InfiniticError(
    "INVALID_OPTION",
    `expected a workflow id of 1 to 128 letters, digits or "._~@-", and none of ${RESERVED.join(", ")}, got ${show(id)}`,
  );
}

/** Tells whether a value may be a workflow id, a run or a message id chosen by a client. */
export function isId(value: unknown): value is string {
  return typeof value === "string" && ID.test(value);
}

/**
 * Returns the name, if it may name a workflow or a service.
 *
 * @throws InfiniticError `INVALID_DEFINITION`
 */
export function checkName(what: "workflow" | "service", name: string): string {
  if (isName(name) && !isTaskWorkflow(name)) return name;
  throw new InfiniticError(
    "INVALID_DEFINITION",
    `expected a ${what} name of 1 to 64 letters, digits, "_" or "-" that begins with a letter, and neither is ${TASK_WORKFLOW} nor begins with ${TASK_WORKFLOW}-, got ${show(name)}`,
  );
}

/** Joins a command's id to its run: the task id, the same over all retries (the documented idempotency key). */
export function scopedId({ workflow, workflowId, run }: RunKey, suffix: string): string {
  return `${workflow}:${workflowId}:${run}:${suffix}`;
}

/** Splits a task id into its run and command; undefined if it is none. */
export function parseTaskId(taskId: string): (RunKey & { readonly command: CommandId }) | undefined {
  const [workflow, workflowId, run, command, rest] = taskId.split(":");
  if (!workflow || !workflowId || !run || !command || rest !== undefined) return undefined;
  if (!isName(workflow) || !isId(workflowId) || !isId(run) || !COMMAND.test(command)) return undefined;
  return { workflow, workflowId, run, command };
}

/** The id and the run of a child that was given no id: a fixed function of the command, so a replay finds the same. */
export function childId(parent: RunKey, command: CommandId): string {
  return hash128(scopedId(parent, command));
}

/** The id of the instances of a custom id, of which at most one runs at a time. */
export function customWorkflowId(workflow: string, customId: string): string {
  return hash128(`${workflow}:custom:${customId}`);
}

/** Longer keys are hashed, so that what is made of them is still an id. */
const LONGEST_KEY_KEPT = 100;
const ADDRESS_DIGITS = 12;

/**
 * The id of what a caller's key does: a key counts within one operation on one address, so the same key at another
 * address is another id.
 */
export function keyedId(key: string, address: string): string {
  return `${keptKey(key)}~${hash128(address).slice(0, ADDRESS_DIGITS)}`;
}

/** Tells whether a method is meant by an id: by its own, or by the key of the call that ran it. */
export function isMethodMeant(methodId: string, asked: string): boolean {
  if (methodId === asked) return true;
  const prefix = `${keptKey(asked)}~`;
  return methodId.length === prefix.length + ADDRESS_DIGITS && methodId.startsWith(prefix);
}

function keptKey(key: string): string {
  return key.length <= LONGEST_KEY_KEPT ? key : hash128(key);
}
