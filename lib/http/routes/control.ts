import type { z } from "zod";
import type {
  CancelMessage,
  CompleteTimersMessage,
  RetryMessage,
  RetryTasksMessage,
} from "../../core/messages.ts";
import { viewOf } from "../../core/view.ts";
import type { Answer } from "../answer.ts";
import type { Call } from "../call.ts";
import { preferenceApplied } from "../outcome.ts";
import { methodChoiceBody, retryTasksBody } from "../schemas.ts";
import { send } from "../send.ts";
import { waitFor } from "../wait.ts";

type Control = CancelMessage | RetryMessage | RetryTasksMessage | CompleteTimersMessage;

/** Makes the route of a message that controls an instance; it waits until that is applied, if the caller would. */
function control(kind: Control["kind"], schema: z.ZodType<object>): (call: Call) => Promise<Answer> {
  return async (call) => {
    const { key, parts, idempotencyKey } = call;
    const body = call.body(schema);
    const messageId = idempotencyKey ?? parts.newId();
    await send(parts, { ...body, kind, ...call.envelope(messageId), ...key });
    if (call.waitSeconds === undefined) return { status: 202, body: { ...key, ...body } };
    const { found } = await waitFor(call, key, (instance) => {
      const { state } = instance;
      return state.seen.has(messageId) || state.ended ? viewOf(instance).status : undefined;
    });
    return {
      status: found === undefined ? 202 : 200,
      headers: preferenceApplied(call),
      body: { ...key, ...body, ...(found !== undefined && { status: found }) },
    };
  };
}

/** Cancels an instance, or one of its methods. */
export const cancel = control("cancel", methodChoiceBody);
/** Runs failed methods again after their code was repaired. */
export const retry = control("retry", methodChoiceBody);
/** Runs failed and timed-out tasks again. */
export const retryTasks = control("retry-tasks", retryTasksBody);
/** Fires pending timers. */
export const completeTimers = control("complete-timers", methodChoiceBody);
