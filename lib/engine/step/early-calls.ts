import { answerTo } from "../../core/model/emits.ts";
import { type InstanceMessage, MESSAGE_FORMAT, type WakeMessage } from "../../core/protocol/messages.ts";
import type { Outgoing } from "../../core/protocol/outgoing.ts";
import { workflowEngineTopic } from "../../core/protocol/topics.ts";
import { failureOf } from "../../core/values/failure.ts";
import { type RunKey, scopedId } from "../../core/values/ids.ts";
import { WorkflowUnknownError } from "../../core/values/remote-errors.ts";
import type { Instance } from "../../instance/instance.ts";
import type { RefusedCall } from "../../instance/tip.ts";
import type { InstanceKey } from "../../ports/state-store.ts";

/** How long a call waits for its instance to start. */
const UNKNOWN_AFTER_MS = 10_000;
/** The run of a wake-up that is meant for none. */
const NO_RUN = "early";

/**
 * Answers the workflows that call an instance which has not started: at first with a wake-up for that instance,
 * and when it comes, if nothing has started, with WorkflowUnknownError.
 *
 * Both are derived from the item as committed (I3), so they stand in no outbox: they are made again with their cause.
 */
export function answerEarlyCalls(instance: Instance, message: InstanceMessage): readonly Outgoing[] {
  const { key, state, refused } = instance;
  if (message.kind === "method") {
    // Its own answer alone: what the others' would set off may be this very call, sent again.
    const own = refused.filter(({ id }) => id === message.id);
    if (own.length > 0) return refusalsOf(key, own);
    return message.caller && !state ? [wakeOf({ ...key, run: NO_RUN }, message.at + UNKNOWN_AFTER_MS)] : [];
  }
  if (message.kind !== "wake" || message.run !== NO_RUN) return [];
  if (!state) refuseOverdue(instance, message);
  const due = instance.refused.filter(({ at }) => at + UNKNOWN_AFTER_MS === message.dueAt);
  return refusalsOf(key, due);
}

/** Tells whether a message is a call that was refused. */
export function isRefused({ refused }: Instance, { id }: InstanceMessage): boolean {
  return refused.some((call) => call.id === id);
}

/** Goes by the instants in the messages, not by a clock: the same wake-up refuses the same calls (I7). */
function refuseOverdue(instance: Instance, { dueAt }: WakeMessage): void {
  const kept: InstanceMessage[] = [];
  const overdue: RefusedCall[] = [];
  for (const waiting of instance.waiting) {
    if (waiting.kind === "method" && waiting.caller && waiting.at + UNKNOWN_AFTER_MS <= dueAt) {
      const { id, at, method, caller } = waiting;
      overdue.push({ id, at, method, caller });
    } else kept.push(waiting);
  }
  if (overdue.length === 0) return;
  instance.waiting = kept;
  instance.refused = [...instance.refused, ...overdue];
  instance.isDirty = true;
}

function refusalsOf(key: InstanceKey, refused: readonly RefusedCall[]): readonly Outgoing[] {
  return refused.map(({ id, at, method, caller }) => {
    const failure = failureOf(new WorkflowUnknownError({ ...key, method }));
    return answerTo(caller, { kind: "failed", failure }, id, at + UNKNOWN_AFTER_MS);
  });
}

/** A wake-up that no history derives; `cleansUp`: it comes for what the message of this id has left. */
export function wakeOf({ workflow, workflowId, run }: RunKey, dueAt: number, cleansUp = false): Outgoing {
  const id = scopedId({ workflow, workflowId, run }, `wake:${dueAt}`);
  const wake = {
    kind: "wake",
    format: MESSAGE_FORMAT,
    id,
    at: dueAt,
    workflow,
    workflowId,
    run,
    dueAt,
  } as const;
  return {
    topic: workflowEngineTopic(workflow),
    key: workflowId,
    message: cleansUp ? { ...wake, cleansUp } : wake,
    deliverAt: dueAt,
  };
}
