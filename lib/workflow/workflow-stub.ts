import type { Command } from "../core/commands/command.ts";
import type { ChannelsOf, MethodsOf, ResultOf, WorkflowDefinition } from "../core/contract/definition.ts";
import type { Duration } from "../core/values/duration.ts";
import { InfiniticError } from "../core/values/errors.ts";
import { customWorkflowId } from "../core/values/ids.ts";
import type { JsonObject } from "../core/values/json.ts";
import { checkCustomId, checkTag } from "../core/values/tags.ts";
import { Deferred } from "../runtime/deferred.ts";
import { argsToJson, toJson } from "../runtime/json-copy.ts";
import type { MethodRun } from "../runtime/method-run.ts";
import { mintChildId } from "../runtime/pending-command.ts";
import { currentMethod, holds } from "../runtime/scope.ts";
import { stub } from "./stub.ts";
import type { StubMethod } from "./stub-method.ts";
import { checkStubId, stubOptions } from "./stub-options.ts";

export interface ChildOptions {
  /** The child's workflow id. Default: a fixed function of the parent's run and the command. */
  readonly id?: string;
  /** Of this one at most one instance runs at a time: the call waits for that, or starts a new one. */
  readonly customId?: string;
  readonly tags?: readonly string[];
  readonly meta?: JsonObject;
  /** How long the caller waits for the outcome: then WorkflowTimedOutError, and the child goes on. */
  readonly timeout?: Duration;
}

/** The workflow's methods, each starting a child and giving a {@link Deferred} of its outcome. */
export type ChildStub<W> = {
  readonly [M in keyof MethodsOf<W>]: StubMethod<W[M & keyof W], Deferred<ResultOf<W[M & keyof W]>>>;
};

/** A running instance, seen from another: its methods, and its channels to send to. */
export type InstanceStub<W> = ChildStub<W> & SendStub<W>;

/** The workflow's channels, to send signals to. */
type SendStub<W> = {
  readonly [C in keyof ChannelsOf<W>]: {
    readonly send: StubMethod<(signal: ChannelsOf<W>[C]) => void, void>;
  };
};

/**
 * Makes a stub that starts child workflows: each call of a method starts one.
 *
 * @throws InfiniticError `INVALID_OPTION`; `PAYLOAD_TOO_LARGE` for meta over 64 KB
 * @example
 * const shipment = newWorkflow(Shipment, { id: workflowId, timeout: "2d" }).run(order);
 */
export function newWorkflow<W>(workflow: WorkflowDefinition<W>, options: ChildOptions = {}): ChildStub<W> {
  const { customId } = options;
  const checked = stubOptions(options, ["id", "customId"]);
  const chosenId = chosenIdOf(workflow.name, options);
  const of = { kind: "new workflow", facts: { workflow: workflow.name } };
  return stub(of, (method, args) => {
    const what = `child workflow ${workflow.name}.${method}`;
    const running = currentMethod(what);
    const json = argsToJson(args, what);
    const workflowId = chosenId ?? mintChildId(running);
    refuseOwnEnd(running, workflow.name, workflowId);
    const command = {
      kind: "child",
      id: running.nextCommandId(),
      workflow: workflow.name,
      workflowId,
      method,
      args: json,
      ...(customId !== undefined && { customId }),
      ...checked,
    } as const;
    const { schemas } = workflow;
    return new Deferred(
      running.execution.call(running, command, schemas.args(method), schemas.result(method)),
    );
  });
}

/**
 * Makes a stub of an instance that is running: calls its methods and signals its channels.
 *
 * @throws InfiniticError `INVALID_OPTION`
 * @example
 * getWorkflowById(Shipment, workflowId).address.send(address);
 */
export function getWorkflowById<W>(
  workflow: WorkflowDefinition<W>,
  workflowId: string,
  options: Pick<ChildOptions, "timeout"> = {},
): InstanceStub<W> {
  checkStubId(workflowId);
  const timeoutMs = stubOptions(options);
  const of = { kind: "workflow", facts: { workflow: workflow.name, workflowId } };
  return stub(of, (name, args) => callMethod(workflow, workflowId, name, args, timeoutMs), {
    send: (channel, signal) => sendSignal(workflow, workflowId, channel, signal),
  });
}

/** All running instances that have a tag: methods to run on each, and channels to send to. Nothing to wait for. */
export type TaggedStub<W> = {
  readonly [M in keyof MethodsOf<W>]: StubMethod<W[M & keyof W], void>;
} & SendStub<W>;

/**
 * Makes a stub of all running instances that have a tag: runs methods on each and signals each.
 *
 * @throws InfiniticError `INVALID_OPTION`
 * @example
 * getWorkflowByTag(Courier, region).news.send(text);
 */
export function getWorkflowByTag<W>(workflow: WorkflowDefinition<W>, tag: string): TaggedStub<W> {
  checkTag(tag);
  const of = { kind: "workflows by tag", facts: { workflow: workflow.name, tag } };
  return stub(
    of,
    (method, args) => {
      const what = `method ${workflow.name}.${method} by tag`;
      sendByTag(workflow, tag, what, () => ({ kind: "method", method, args: argsToJson(args, what) }));
    },
    {
      send: (channel, signal) => {
        const what = `a signal on channel ${workflow.name}.${channel} by tag`;
        sendByTag(workflow, tag, what, () => {
          const value = toJson(signal, what);
          return { kind: "signal", channel, ...(value !== undefined && { value }) };
        });
      },
    },
  );
}

type TagOperation = (Command & { kind: "by-tag" })["operation"];

function sendByTag(
  { name: workflow, schemas }: WorkflowDefinition<unknown>,
  tag: string,
  what: string,
  operationOf: () => TagOperation,
): void {
  const running = currentMethod(what);
  const operation = operationOf();
  const sent =
    operation.kind === "signal" ? schemas.signal(operation.channel) : schemas.args(operation.method);
  const command = { kind: "by-tag", id: running.nextCommandId(), workflow, tag, operation } as const;
  running.execution.issue(running, command, sent);
}

function callMethod(
  { name: workflow, schemas }: WorkflowDefinition<unknown>,
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
  return new Deferred(running.execution.call(running, command, schemas.args(method), schemas.result(method)));
}

function sendSignal(
  { name: workflow, schemas }: WorkflowDefinition<unknown>,
  workflowId: string,
  channel: string,
  signal: unknown,
): void {
  const what = `a signal on channel ${workflow}.${channel}`;
  const running = currentMethod(what);
  const value = toJson(signal, what);
  const id = running.nextCommandId();
  const withValue = value === undefined ? {} : { value };
  const command = { kind: "signal", id, workflow, workflowId, channel, ...withValue } as const;
  running.execution.issue(running, command, schemas.signal(channel));
}

/** Refuses the first method of an instance that would wait for its own end. */
function refuseOwnEnd({ index, name, execution }: MethodRun, workflow: string, workflowId: string): void {
  const { key } = execution;
  if (index > 0 || key.workflow !== workflow || key.workflowId !== workflowId) return;
  if (!execution.follows("ownEndIsNotAwaited")) return;
  throw new InfiniticError(
    "INVALID_OPTION",
    `expected method ${name} to wait for another instance, got its own: ${workflow} ${workflowId}`,
  );
}

function chosenIdOf(workflow: string, { id, customId }: ChildOptions): string | undefined {
  if (id !== undefined && customId !== undefined) {
    throw new InfiniticError("INVALID_OPTION", "expected an id or a customId, got both");
  }
  if (customId !== undefined) {
    return customWorkflowId(workflow, holds("optionsAreChecked") ? checkCustomId(customId) : customId);
  }
  return id === undefined ? undefined : checkStubId(id);
}
