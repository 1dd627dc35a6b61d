import { decodeTaskMessage } from "../core/protocol/decode.ts";
import type {
  Emit,
  InvocationReply,
  InvocationRequest,
  ItemFailure,
  Parked,
} from "../core/protocol/invocation.ts";
import type { ExecuteTaskMessage } from "../core/protocol/messages.ts";
import { InfiniticError, isTransient } from "../core/values/errors.ts";
import { failureOf } from "../core/values/failure.ts";
import { pack, unpack } from "../core/values/payload.ts";
import type { PayloadStore } from "../ports/payload-store.ts";
import { type CallOptions, type Results, runAttempt } from "./attempt.ts";
import { type Call, callsOf, type ServiceCode } from "./call.ts";
import { completed, delegated, emitOf, failed, type ReplyParts, type TaskReply } from "./task-reply.ts";

/** What a service function works with; `timeoutMs` is that of one attempt. */
export interface ServiceParts extends ServiceCode, ReplyParts, CallOptions {
  readonly payloadStore: PayloadStore;
}

/** A task, and the id of the record that it came in. */
interface ReceivedTask extends ExecuteTaskMessage {
  readonly cause: string;
}

/** Runs one attempt of each task of an invocation, side by side, and says how it ended. */
export async function handleTasks(parts: ServiceParts, request: InvocationRequest): Promise<InvocationReply> {
  const received: ReceivedTask[] = [];
  const parked: Parked[] = [];
  const batchItemFailures: ItemFailure[] = [];
  for (const { id, payload } of request.records) {
    try {
      received.push({ ...decodeTaskMessage(payload, parts.service), cause: id });
    } catch (error) {
      if (!(error instanceof InfiniticError)) throw error;
      if (error.code === "MESSAGE_FORMAT_TOO_NEW") {
        batchItemFailures.push({ itemIdentifier: id, reason: error.message });
      } else parked.push({ id, code: error.code, reason: error.message });
    }
  }
  if (request.died) {
    const emits = received.map((task) => emitOf(task.cause, died(parts, task)));
    return { emits, batchItemFailures, parked };
  }
  const tasks: ReceivedTask[] = [];
  const emits: Emit[] = [];
  const open = async (task: ReceivedTask): Promise<void> => {
    try {
      tasks.push(await unpack(task, ({ key }) => parts.payloadStore.get(key)));
    } catch (error) {
      // Nothing has run yet: what passes is no failure of the task.
      if (isTransient(error)) batchItemFailures.push({ itemIdentifier: task.cause, reason: error.message });
      else emits.push(emitOf(task.cause, failed(parts, task, failureOf(error))));
    }
  };
  await Promise.all(received.map(open));
  const replies = await Promise.all(callsOf(parts, tasks).map((call) => execute(parts, call)));
  return { emits: [...emits, ...replies.flat()], batchItemFailures, parked };
}

async function execute(parts: ServiceParts, call: Call<ReceivedTask>): Promise<readonly Emit[]> {
  const { results, metaOf } = runAttempt(call, parts);
  // What fails the call fails each of its tasks.
  const resultOf = await results.catch(
    (error): Results =>
      () =>
        Promise.reject(error),
  );
  const replies = call.tasks.map(async (task) => {
    try {
      const value = await resultOf(task.taskId);
      const delegation = parts.delegated.get(task.method);
      const reply = delegation ? delegated(parts, task, delegation) : completed(parts, task, value);
      return emitOf(task.cause, await pack(reply, (text) => parts.payloadStore.put(task.caller, text)));
    } catch (error) {
      return emitOf(task.cause, failed(parts, task, failureOf(error), metaOf(task.taskId)));
    }
  });
  return Promise.all(replies);
}

/** The attempt ended its sandbox each time: nothing runs but the policy, the default one if that was the killer. */
function died(parts: ServiceParts, task: ExecuteTaskMessage): TaskReply {
  const error = new InfiniticError(
    "INVOCATION_DIED",
    `expected task ${task.service}.${task.method} to return or throw, got invocations that died or timed out`,
  );
  return failed(parts, task, failureOf(error));
}
