import type { Event, HistoryRecord } from "../../lib/core/model/history.ts";
import { State } from "../../lib/core/model/state.ts";
import {
  type AttemptFailedMessage,
  type Caller,
  type ChildEndedMessage,
  MESSAGE_FORMAT,
  type MethodMessage,
  type SignalMessage,
  type StartMessage,
} from "../../lib/core/protocol/messages.ts";
import type { RunKey } from "../../lib/core/values/ids.ts";

/** Builders of histories and messages: each gives a plain value, with everything that a test does not care for. */

export const key: RunKey = { workflow: "Trip", workflowId: "t-1", run: "r1" };
export const caller: Caller = { workflow: "Tour", workflowId: "p-1", run: "p1", command: "0.7" };
export const boom = { name: "TypeError", message: "boom" } as const;

type Part<K extends HistoryRecord["kind"]> = Partial<Extract<HistoryRecord, { kind: K }>>;

export const started = (more: Part<"instance-started"> = {}): HistoryRecord => ({
  kind: "instance-started",
  at: 1_000,
  run: key.run,
  version: 1,
  ...more,
});

export const methodStarted = (more: Part<"method-started"> = {}): HistoryRecord => {
  const method = more.method ?? 0;
  const methodId = method === 0 ? "main" : `m${method}`;
  const messageId = method === 0 ? key.run : methodId;
  return { kind: "method-started", at: 1_000, method, methodId, messageId, name: "run", args: [], ...more };
};

export const task = (id: string, more: Part<"task"> = {}): HistoryRecord => ({
  kind: "task",
  id,
  service: "Flights",
  method: "reserve",
  args: ["AF1"],
  ...more,
});

export const child = (id: string, more: Part<"child"> = {}): HistoryRecord => ({
  kind: "child",
  id,
  workflow: "Leg",
  workflowId: `leg-${id}`,
  method: "fly",
  args: [],
  ...more,
});

export const timer = (id: string, dueAt: number): HistoryRecord => ({ kind: "timer", id, dueAt });

export const at = (instant: number, event: DistributiveOmit<Event, "at">): HistoryRecord =>
  ({ ...event, at: instant }) as HistoryRecord;

/** Distributes over the union, so that each kind keeps its own fields. */
type DistributiveOmit<U, K extends PropertyKey> = U extends unknown ? Omit<U, K> : never;

/** The history of an instance whose main method has done these things. */
export const begun = (...records: readonly HistoryRecord[]): HistoryRecord[] => [
  started(),
  methodStarted(),
  ...records,
];

export function stateOf(records: readonly HistoryRecord[]): State {
  const state = new State(key);
  for (const record of records) state.apply(record);
  return state;
}

const envelope = { format: MESSAGE_FORMAT, at: 1_500, workflow: key.workflow, workflowId: key.workflowId };

export const start = (more: Partial<StartMessage> = {}): StartMessage => ({
  ...envelope,
  kind: "start",
  id: key.run,
  method: "run",
  args: [],
  ...more,
});

export const signal = (more: Partial<SignalMessage> = {}): SignalMessage => ({
  ...envelope,
  kind: "signal",
  id: "s1",
  channel: "word",
  ...more,
});

export const method = (more: Partial<MethodMessage> = {}): MethodMessage => ({
  ...envelope,
  kind: "method",
  id: "m1",
  method: "more",
  args: [1],
  ...more,
});

export const cancel = (methodId?: string) => ({
  ...envelope,
  kind: "cancel" as const,
  id: "c1",
  ...(methodId !== undefined && { methodId }),
});

export const wake = (dueAt: number, run = key.run) => ({
  ...envelope,
  kind: "wake" as const,
  id: `wake:${dueAt}`,
  run,
  dueAt,
});

export const taskCompleted = (command: string, value?: string, run = key.run) => ({
  ...envelope,
  kind: "task-completed" as const,
  id: command,
  run,
  command,
  ...(value !== undefined && { value }),
});

export const attemptFailed = (
  command: string,
  more: Partial<AttemptFailedMessage> = {},
): AttemptFailedMessage => ({
  ...envelope,
  kind: "attempt-failed",
  id: `${command}:${more.sequence ?? 0}.${more.attempt ?? 0}`,
  run: key.run,
  command,
  sequence: 0,
  attempt: 0,
  failure: boom,
  ...more,
});

export const childEnded = (command: string, more: Partial<ChildEndedMessage> = {}): ChildEndedMessage => ({
  ...envelope,
  kind: "child-ended",
  id: `${command}:ended`,
  run: key.run,
  command,
  number: 1,
  outcome: { kind: "completed", value: "home" },
  ...more,
});
