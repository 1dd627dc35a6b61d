import { decodeTaskMessage } from "../core/decode.ts";
import { InfiniticError } from "../core/errors.ts";
import { failureOf } from "../core/failure.ts";
import type { Emit, InvocationReply, InvocationRequest, ItemFailure, Parked } from "../core/invocation.ts";
import type { ExecuteTaskMessage } from "../core/messages.ts";
import { type CallOptions, type Results, runAttempt } from "./attempt.ts";
import { type Call, callsOf, type ServiceCode } from "./call.ts";
import { completed, emitOf, failed, type ReplyParts, type TaskReply } from "./task-reply.ts";

/** What a service function works with; `timeoutMs` is that of one attempt. */
export interface ServiceParts extends ServiceCode, ReplyParts, CallOptions {}

/** A task, and the id of the record that it came in. */
interface ReceivedTask extends ExecuteTaskMessage {
  readonly cause: string;
}

/** Runs one attempt of each task of an invocation, side by side, and says how it ended. */
export async function handleTasks(parts: ServiceParts, request: InvocationRequest): Promise<InvocationReply> {
  const tasks: ReceivedTask[] = [];
  const parked: Parked[] = [];
  const batchItemFailures: ItemFailure[] = [];
  for (const { id, payload } of request.records) {
    try {
      tasks.push({ ...decodeTaskMessage(payload, parts.service), cause: id });
    } catch (error) {
      if (!(error instanceof InfiniticError)) throw error;
      if (error.code === "MESSAGE_FORMAT_TOO_NEW") {
        batchItemFailures.push({ itemIdentifier: id, reason: error.message });
      } else parked.push({ id, code: error.code, reason: error.message });
    }
  }
  const emits = request.died
    ? tasks.map((task) => emitOf(task.cause, died(parts, task)))
    : (await Promise.all(callsOf(parts, tasks).map((call) => execute(parts, call)))).flat();
  return { emits, batchItemFailures, parked };
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
      return emitOf(task.cause, completed(parts, task, await resultOf(task.taskId)));
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
