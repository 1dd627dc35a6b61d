import type { ArgsOf, MethodsOf, ResultOf, WorkflowDefinition } from "../core/definition.ts";
import { type Duration, toMs } from "../core/duration.ts";
import { InfiniticError } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import type { JsonObject } from "../core/json.ts";
import { mintChildId } from "./call.ts";
import type { Channel } from "./channel.ts";
import { Deferred } from "./deferred.ts";
import { argsToJson, toJson } from "./json-copy.ts";
import { currentMethod } from "./scope.ts";
import { stub } from "./stub.ts";

export interface ChildOptions {
  /** The child's workflow id; a fixed function of the parent's run and the command unless told. */
  readonly id?: string;
  readonly tags?: readonly string[];
  readonly meta?: JsonObject;
  /** How long the caller waits for the outcome: then WorkflowTimedOutError, and the child goes on. */
  readonly timeout?: Duration;
}

/** The workflow's methods, each starting a child and giving a {@link Deferred} of its outcome. */
export type ChildStub<W> = {
  readonly [M in keyof MethodsOf<W>]: (...args: ArgsOf<W[M & keyof W]>) => Deferred<ResultOf<W[M & keyof W]>>;
};

/** A running instance, seen from another: its methods, and its channels to send to. */
export type InstanceStub<W> = ChildStub<W> & {
  readonly [K in keyof W as W[K] extends Channel<infer _Signal> ? K : never]: W[K] extends Channel<infer T>
    ? { send(signal: T): void }
    : never;
};

/**
 * Makes a stub that starts child workflows: each call of a method starts one.
 *
 * @throws InfiniticError `INVALID_OPTION`
 * @example
 * const shipment = await newWorkflow(Shipping).run(order);
 */
export function newWorkflow<W>(workflow: WorkflowDefinition<W>, options: ChildOptions = {}): ChildStub<W> {
  const { tags, meta } = options;
  const timeoutMs = timeoutOf(options);
  if (options.id !== undefined) checkId(options.id);
  return stub((method, args) => {
    const what = `child workflow ${workflow.name}.${method}`;
    const running = currentMethod(what);
    const json = argsToJson(args, what);
    const workflowId = options.id ?? mintChildId(running);
    const call = running.execution.call(running, {
      kind: "child",
      id: running.nextCommandId(),
      workflow: workflow.name,
      workflowId,
      method,
      args: json,
      ...timeoutMs,
      ...(tags && { tags }),
      ...(meta && { meta }),
    });
    return new Deferred(call);
  });
}

/**
 * Makes a stub of an instance that is running: calls its methods and signals its channels.
 *
 * @throws InfiniticError `INVALID_OPTION`
 * @example
 * getWorkflowById(Basket, basketId).added.send(item);
 */
export function getWorkflowById<W>(
  workflow: WorkflowDefinition<W>,
  workflowId: string,
  options: Pick<ChildOptions, "timeout"> = {},
): InstanceStub<W> {
  checkId(workflowId);
  const timeoutMs = timeoutOf(options);
  return stub((name, args) => callMethod(workflow.name, workflowId, name, args, timeoutMs), {
    send: (channel, signal) => sendSignal(workflow.name, workflowId, channel, signal),
  });
}

function callMethod(
  workflow: string,
  workflowId: string,
  method: string,
  args: readonly unknown[],
  timeoutMs: { readonly timeoutMs?: number },
): Deferred<unknown> {
  const what = `method ${workflow}.${method}`;
  const running = currentMethod(what);
  const json = argsToJson(args, what);
  const id = running.nextCommandId();
  const command = { kind: "method", id, workflow, workflowId, method, args: json, ...timeoutMs } as const;
  return new Deferred(running.execution.call(running, command));
}

function sendSignal(workflow: string, workflowId: string, channel: string, signal: unknown): void {
  const what = `a signal on channel ${workflow}.${channel}`;
  const running = currentMethod(what);
  const value = toJson(signal, what);
  const id = running.nextCommandId();
  const withValue = value === undefined ? {} : { value };
  running.execution.issue(running, { kind: "signal", id, workflow, workflowId, channel, ...withValue });
}

function timeoutOf(options: { readonly timeout?: Duration }): { readonly timeoutMs?: number } {
  return options.timeout === undefined ? {} : { timeoutMs: toMs(options.timeout) };
}

function checkId(id: string): void {
  if (isId(id)) return;
  throw new InfiniticError(
    "INVALID_OPTION",
    `expected a workflow id of 1 to 128 letters, digits or "._~@-", got ${JSON.stringify(id)}`,
  );
}
