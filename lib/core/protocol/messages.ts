import type { Failure } from "../values/failure.ts";
import type { Json, JsonObject } from "../values/json.ts";
import type { MessageHeaders } from "../values/message-headers.ts";
import type { Outcome } from "../values/outcome.ts";

/** The format number that this version writes. Older ones are read; a newer one waits, loudly. */
export const MESSAGE_FORMAT = 1;

/** The format of a message that is encrypted: one that waits, loudly, where it cannot be decrypted. */
export const ENCRYPTED_FORMAT = 2;

/** What every message carries. `at` is the sender's clock in epoch milliseconds. */
interface Envelope {
  readonly format: number;
  readonly id: string;
  readonly at: number;
  readonly traceparent?: string;
  /** What interceptors have written; what an instance sends has those of the method that sends it by default. */
  readonly headers?: MessageHeaders;
}

/** What every message to a workflow instance carries: its topic and key follow from these two names. */
interface ToInstance extends Envelope {
  readonly workflow: string;
  readonly workflowId: string;
}

/** Addressed by a caller: to whatever life the instance has or, when it was found by its tag, to that one. */
interface Addressed extends ToInstance {
  readonly run?: string;
}

/** A reply to one life of an instance: the engine drops it when the instance has another run. */
interface ToRun extends ToInstance {
  readonly run: string;
}

/** The workflow command that waits for an outcome: who is told when a method ends. */
export interface Caller {
  readonly workflow: string;
  readonly workflowId: string;
  readonly run: string;
  readonly command: string;
}

/** Starts an instance; its `id` becomes the instance's run. */
export interface StartMessage extends ToInstance {
  readonly kind: "start";
  readonly method: string;
  readonly args: readonly Json[];
  readonly tags?: readonly string[];
  readonly meta?: JsonObject;
  readonly customId?: string;
  readonly caller?: Caller;
}

/** Puts a value in a channel's queue. */
export interface SignalMessage extends Addressed {
  readonly kind: "signal";
  readonly channel: string;
  readonly value?: Json;
}

/** Runs one more method on a running instance. */
export interface MethodMessage extends Addressed {
  readonly kind: "method";
  readonly method: string;
  readonly args: readonly Json[];
  readonly caller?: Caller;
}

/** Cancels the instance, or one of its methods. */
export interface CancelMessage extends Addressed {
  readonly kind: "cancel";
  readonly methodId?: string;
}

/** Runs failed methods again from their history, after their code was repaired: all, or one. */
export interface RetryMessage extends Addressed {
  readonly kind: "retry";
  readonly methodId?: string;
}

/** Runs tasks that failed or timed out again: all, or those that fit. */
export interface RetryTasksMessage extends Addressed {
  readonly kind: "retry-tasks";
  readonly taskId?: string;
  readonly status?: "failed" | "timedOut";
  readonly service?: string;
}

/** Fires the timers that are pending: all, or those of one method. */
export interface CompleteTimersMessage extends Addressed {
  readonly kind: "complete-timers";
  readonly methodId?: string;
}

/** A task's value, from the service function. Its `id` is the task id. */
export interface TaskCompletedMessage extends ToRun {
  readonly kind: "task-completed";
  readonly command: string;
  readonly value?: Json;
}

/** A failed attempt, from the service function, which has evaluated the retry policy. */
export interface AttemptFailedMessage extends ToRun {
  readonly kind: "attempt-failed";
  readonly command: string;
  readonly sequence: number;
  readonly attempt: number;
  readonly failure: Failure;
  /** Milliseconds until the next attempt; absent when the task has failed for good. */
  readonly nextInMs?: number;
  /** The task's meta as the attempt left it. */
  readonly meta?: JsonObject;
}

/** Says that a delegated task was handed over: it stays open until somebody completes or fails it. */
export interface TaskDelegatedMessage extends ToRun {
  readonly kind: "task-delegated";
  readonly command: string;
  readonly sequence: number;
  readonly attempt: number;
  /** The task fails when nothing is heard of it for so long. */
  readonly heartbeatMs?: number;
}

/** The outcome of a delegated task, from whoever it was delegated to. */
export interface DelegatedResultMessage extends ToRun {
  readonly kind: "delegated-result";
  readonly command: string;
  readonly outcome: Outcome;
}

/** Says that a delegated task is being worked on. */
export interface HeartbeatMessage extends ToRun {
  readonly kind: "heartbeat";
  readonly command: string;
}

/** Asks the instance to look at its clock; harmless at any time. */
export interface WakeMessage extends ToRun {
  readonly kind: "wake";
  readonly dueAt: number;
  /** It comes when nothing of the run is needed any more: what is left of it goes. */
  readonly cleansUp?: true;
}

/** The outcome of a child workflow's method, to the instance that called it. */
export interface ChildEndedMessage extends ToRun {
  readonly kind: "child-ended";
  readonly command: string;
  /** 1, 2 … : a failure that was resumed is followed by a later outcome. */
  readonly number: number;
  readonly outcome: Outcome;
}

/** Any message on a `workflow-engine:<Workflow>` topic. */
export type InstanceMessage =
  | StartMessage
  | SignalMessage
  | MethodMessage
  | CancelMessage
  | RetryMessage
  | RetryTasksMessage
  | CompleteTimersMessage
  | TaskCompletedMessage
  | AttemptFailedMessage
  | TaskDelegatedMessage
  | DelegatedResultMessage
  | HeartbeatMessage
  | WakeMessage
  | ChildEndedMessage;

/** What can be done to every instance that has a tag: a message to an instance, less its address. */
export type Operation =
  | Pick<SignalMessage, "kind" | "channel" | "value">
  | Pick<MethodMessage, "kind" | "method" | "args">
  | Pick<CancelMessage, "kind" | "methodId">
  | Pick<RetryMessage, "kind" | "methodId">
  | Pick<RetryTasksMessage, "kind" | "taskId" | "status" | "service">
  | Pick<CompleteTimersMessage, "kind" | "methodId">;

/**
 * Does something to every instance that has a tag, a page of them at a time; on the `workflow-tags:<Workflow>`
 * topic, keyed by the tag. The instances' messages have its id.
 */
export interface ByTagMessage extends Envelope {
  readonly kind: "by-tag";
  readonly workflow: string;
  readonly tag: string;
  readonly operation: Operation;
  /** Where to go on; absent on the first page. */
  readonly cursor?: string;
}

/** Any message to a workflow function. */
export type EngineMessage = InstanceMessage | ByTagMessage;

/** Runs one attempt of a task; on the service's `task-executor:<Service>` topic. */
export interface ExecuteTaskMessage extends Envelope {
  readonly kind: "execute-task";
  readonly service: string;
  readonly method: string;
  readonly args: readonly Json[];
  readonly taskId: string;
  /** Retries by hand so far. */
  readonly sequence: number;
  /** Automatic attempts so far in this sequence: 0 for the first. */
  readonly attempt: number;
  readonly tags?: readonly string[];
  readonly meta?: JsonObject;
  readonly lastFailure?: Failure;
  readonly caller: Caller;
}

/** Any message of the system. */
export type Message = EngineMessage | ExecuteTaskMessage;
