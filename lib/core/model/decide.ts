import type {
  AttemptFailedMessage,
  Caller,
  ChildEndedMessage,
  InstanceMessage,
  MethodMessage,
  StartMessage,
  TaskCompletedMessage,
} from "../protocol/messages.ts";
import { type Failure, failureOf } from "../values/failure.ts";
import { isMethodMeant } from "../values/ids.ts";
import { canceledOutcome, type Outcome } from "../values/outcome.ts";
import { WorkflowEndedError } from "../values/remote-errors.ts";
import type { CommandState } from "./command-state.ts";
import { controlEvents } from "./decide-control.ts";
import { type DelegationMessage, delegationEvent } from "./decide-delegated.ts";
import type { Event } from "./history.ts";
import type { MethodState } from "./method-state.ts";
import { CURRENT_RULES } from "./rules.ts";
import type { State } from "./state.ts";

/** Why a message has no effect on an instance. */
export type IgnoreReason = "seen before" | "another run" | "instance ended" | "superseded";

/** What a message means to an instance. */
export type Decision =
  /** It happened: these events go into history. */
  | { readonly kind: "record"; readonly events: readonly Event[] }
  /** It changes nothing, now or later. */
  | { readonly kind: "ignore"; readonly reason: IgnoreReason }
  /** Nothing happens, for the instance has ended, and the caller that waits must hear how. */
  | { readonly kind: "answer"; readonly caller: Caller; readonly outcome: Outcome };

/** The id of the method that an instance was started with. */
export const MAIN_METHOD = "main";

/**
 * Decides what a message means to a running instance (the table of messages, invariant I1).
 *
 * Pure: reads state, changes nothing. `at` is the instant that workflow code will see.
 */
export function decide(state: State, message: InstanceMessage, at: number): Decision {
  if ("run" in message && message.run !== undefined && message.run !== state.key.run) {
    return ignore("another run");
  }
  switch (message.kind) {
    case "start":
      return decideStart(state, message, at);
    case "signal": {
      if (state.seen.has(message.id)) return ignore("seen before");
      if (state.ended) return ignore("instance ended");
      const value = message.value === undefined ? {} : { value: message.value };
      return record({
        kind: "signal-received",
        at,
        messageId: message.id,
        channel: message.channel,
        ...value,
        ...(message.headers && { headers: message.headers }),
      });
    }
    case "method":
      if (state.seen.has(message.id)) return ignore("seen before");
      if (state.ended) return answerEnded(message);
      return record(methodStarted(message, state.methods.length, message.id, at));
    case "cancel":
      return decideCancel(state, message, at);
    case "retry":
    case "retry-tasks":
    case "complete-timers":
      if (state.seen.has(message.id)) return ignore("seen before");
      return state.ended ? ignore("instance ended") : record(...controlEvents(state, message, at));
    case "wake":
      // What is due is recorded by the clock, not by the wake-up: it is harmless at any time.
      return ignore("superseded");
    default:
      return decideReply(state, message, at);
  }
}

/** The first events of a run. */
export function startEvents(message: StartMessage, version: number, at: number): readonly Event[] {
  return [
    {
      kind: "instance-started",
      at,
      run: message.id,
      version,
      ...(CURRENT_RULES > 0 && { rules: CURRENT_RULES }),
      ...(message.tags && { tags: message.tags }),
      ...(message.meta && { meta: message.meta }),
      ...(message.customId !== undefined && { customId: message.customId }),
      ...(message.traceparent !== undefined && { traceparent: message.traceparent }),
    },
    methodStarted(message, 0, MAIN_METHOD, at),
  ];
}

function methodStarted(
  message: StartMessage | MethodMessage,
  method: number,
  methodId: string,
  at: number,
): Event {
  return {
    kind: "method-started",
    at,
    method,
    methodId,
    messageId: message.id,
    name: message.method,
    args: message.args,
    ...(message.caller && { caller: message.caller }),
    ...(message.headers && { headers: message.headers }),
  };
}

/** Starting an id that exists starts nothing; a workflow that did so waits for what the first start began. */
function decideStart(state: State, { id: messageId, caller }: StartMessage, at: number): Decision {
  if (messageId === state.key.run || state.seen.has(messageId) || !caller) return ignore("seen before");
  const endings = state.methods[0]?.endings ?? [];
  if (!state.ended)
    return record({ kind: "caller-attached", at, messageId, caller, endings: endings.length });
  return { kind: "answer", caller, outcome: endings.at(-1) ?? canceledOutcome(state.key) };
}

function decideCancel(state: State, message: InstanceMessage & { kind: "cancel" }, at: number): Decision {
  if (state.seen.has(message.id)) return ignore("seen before");
  if (state.ended) return ignore("instance ended");
  const { methodId } = message;
  const isMeant = (method: MethodState): boolean =>
    (methodId === undefined || isMethodMeant(method.id, methodId)) &&
    method.status !== "completed" &&
    method.status !== "canceled";
  const meant = state.methods.filter(isMeant);
  const events: Event[] = [
    { kind: "cancel-requested", at, messageId: message.id, ...(methodId !== undefined && { methodId }) },
  ];
  for (const { index, endings } of meant) {
    for (const command of openChildren(state, index)) events.push({ kind: "child-canceled", at, command });
    const number = endings.length > 0 ? { number: endings.length + 1 } : {};
    events.push({ kind: "method-canceled", at, method: index, ...number });
  }
  return record(...events);
}

function openChildren(state: State, method: number): string[] {
  const children: string[] = [];
  for (const [id, { command, status }] of state.commands) {
    if (command.kind === "child" && status === "pending" && id.startsWith(`${method}.`)) children.push(id);
  }
  return children;
}

function decideReply(state: State, message: TaskReply | ChildEndedMessage, at: number): Decision {
  if (state.ended) return ignore("instance ended");
  const command = state.commands.get(message.command);
  if (!command) return ignore("superseded");
  switch (message.kind) {
    case "task-completed": {
      if (command.status === "completed") return ignore("seen before");
      if (command.status === "canceled") return ignore("superseded");
      const value = message.value === undefined ? {} : { value: message.value };
      return record({ kind: "task-completed", at, command: message.command, ...value });
    }
    case "attempt-failed":
      return decideFailedAttempt(command, message, at);
    case "task-delegated":
    case "delegated-result":
    case "heartbeat":
      if (state.seen.has(message.id)) return ignore("seen before");
      return maybe(delegationEvent(command, message, at));
    case "child-ended": {
      const { number, outcome } = message;
      if (number <= command.lastEnding || command.status === "completed") return ignore("seen before");
      if (isOwnFailure(state, command, outcome)) return ignore("superseded");
      return record({ kind: "child-ended", at, command: message.command, number, outcome });
    }
  }
}

/** Failures of one command that are told to its method; with that many, they go round. */
const MAX_FAILURES = 32;

/**
 * Whether a failure comes of one that the instance has told itself: of instances that wait for each other in a ring,
 * each would fail again on the failure of the next, for ever. The first failure of a command is always told.
 */
function isOwnFailure(state: State, { status, outcomes }: CommandState, outcome: Outcome): boolean {
  if (outcome.kind !== "failed" || (status !== "failed" && status !== "timedOut")) return false;
  if (outcomes >= MAX_FAILURES) return true;
  const { workflow, workflowId } = state.key;
  for (let failure: Failure | undefined = outcome.failure; failure; failure = failure.cause) {
    const { properties } = failure;
    if (properties?.["workflow"] === workflow && properties["workflowId"] === workflowId) return true;
  }
  return false;
}

type TaskReply = TaskCompletedMessage | AttemptFailedMessage | DelegationMessage;

/** A failed attempt counts only for the sequence and the attempt that are running: a chain never forks. */
function decideFailedAttempt(
  task: CommandState,
  message: InstanceMessage & { kind: "attempt-failed" },
  at: number,
): Decision {
  const { command, sequence, attempt, failure, nextInMs, meta } = message;
  if (task.status !== "pending" || task.retryAt !== undefined || task.isDelegated)
    return ignore("seen before");
  if (sequence !== task.sequence || attempt !== task.attempt) return ignore("superseded");
  if (nextInMs === undefined) return record({ kind: "task-failed", at, command, sequence, attempt, failure });
  const retryAt = at + Math.max(0, nextInMs);
  return record({
    kind: "attempt-failed",
    at,
    command,
    sequence,
    attempt,
    failure,
    retryAt,
    ...(meta && { meta }),
  });
}

function answerEnded(message: MethodMessage): Decision {
  if (!message.caller) return ignore("instance ended");
  const { workflow, workflowId, method } = message;
  const failure = failureOf(new WorkflowEndedError({ workflow, workflowId, method }));
  return { kind: "answer", caller: message.caller, outcome: { kind: "failed", failure } };
}

function record(...events: Event[]): Decision {
  return { kind: "record", events };
}

function maybe(event: Event | undefined): Decision {
  return event ? record(event) : ignore("superseded");
}

function ignore(reason: IgnoreReason): Decision {
  return { kind: "ignore", reason };
}
