import * as z from "zod";
import type {
  CancelMessage,
  DelegatedResultMessage,
  HeartbeatMessage,
  RetryTasksMessage,
} from "../../core/protocol/messages.ts";
import { fitted } from "../../core/values/failure.ts";
import { isTaskWorkflow, STANDALONE_COMMAND } from "../../core/values/ids.ts";
import { accept } from "../accept.ts";
import type { Answer } from "../answer.ts";
import type { Call } from "../call.ts";
import { component } from "../component.ts";
import { preferenceApplied } from "../outcome.ts";
import { ProblemError } from "../problem.ts";
import { type RouteBody, route } from "../route.ts";
import { json } from "../schemas.ts";
import { send } from "../send.ts";
import { endedTask, readTask, type TaskKey, taskIn } from "../task.ts";
import { failure, taskOperation } from "../views.ts";
import { waitFor } from "../wait.ts";

/** A message about a task, less its envelope and address. */
type TaskOperation =
  | Pick<DelegatedResultMessage, "kind" | "outcome" | "command">
  | Pick<HeartbeatMessage, "kind" | "command">
  | Pick<RetryTasksMessage, "kind" | "taskId">
  | Pick<CancelMessage, "kind">;

function taskRoute<Body extends z.ZodType>({
  name,
  summary,
  description,
  body,
  toOperation,
}: {
  readonly name: "complete" | "fail" | "heartbeat" | "retry" | "cancel";
  readonly summary: string;
  readonly description?: string;
  readonly body?: RouteBody<Body>;
  readonly toOperation: (key: TaskKey, body: z.output<Body>, taskId: string) => TaskOperation;
}) {
  return route({
    method: "POST",
    path: `/tasks/{taskId}/${name}`,
    operationId: name === "heartbeat" ? "heartbeatTask" : `${name}Task`,
    about: "Tasks",
    summary,
    ...(description !== undefined && { description }),
    waits: true,
    ...(body && { body }),
    answers: {
      200: {
        description: "It was applied",
        schema: taskOperation,
        example: { taskId: "Booking:trip-2:key-1:0.2", status: "completed" },
      },
      202: {
        description: "It is on its way",
        schema: taskOperation,
        example: { taskId: "Booking:trip-2:key-1:0.2" },
      },
    },
    problems: name === "retry" ? ["TASK_UNKNOWN"] : ["TASK_UNKNOWN", "TASK_ENDED"],
    handle: (call, { path: { taskId }, body }) =>
      apply(call, taskId, (key) => toOperation(key, body as z.output<Body>, taskId), body),
  });
}

/** The calls that do something to a task. */
export const operateTask = [
  taskRoute({
    name: "complete",
    summary: "Completes a task, delegated or not",
    body: {
      schema: component("TaskResult", z.strictObject({ result: json.optional() })),
      example: { result: { approvedBy: "Ann" } },
    },
    toOperation: ({ command }, { result: value }) => ({
      kind: "delegated-result",
      command,
      outcome: { kind: "completed", ...(value !== undefined && { value }) },
    }),
  }),
  taskRoute({
    name: "fail",
    summary: "Fails a task for good, delegated or not: no retry policy is asked",
    body: {
      schema: component("TaskError", z.strictObject({ error: failure })),
      example: { error: { name: "DeclinedError", message: "too dear" } },
    },
    toOperation: ({ command }, { error }) => ({
      kind: "delegated-result",
      command,
      outcome: { kind: "failed", failure: fitted(error) },
    }),
  }),
  taskRoute({
    name: "heartbeat",
    summary: "Says that a delegated task is being worked on",
    toOperation: ({ command }) => ({ kind: "heartbeat", command }),
  }),
  taskRoute({
    name: "retry",
    summary: "Runs a task again that failed or timed out",
    description: "The task of a workflow too: what `retry-tasks` of its instance does for this task.",
    toOperation: (_key, _body, taskId) => ({ kind: "retry-tasks", taskId }),
  }),
  taskRoute({
    name: "cancel",
    summary: "Cancels a task outside a workflow",
    description: "A task of a workflow ends with the method that dispatched it: cancel that.",
    toOperation: ({ workflow, command }) => {
      if (isTaskWorkflow(workflow) && command === STANDALONE_COMMAND) return { kind: "cancel" };
      const detail = `expected a task outside a workflow, got one of workflow ${workflow}: cancel its method`;
      throw new ProblemError("INVALID_REQUEST", detail, {});
    },
  }),
];

/** Sends the message, if it means anything to the task; waits until it is applied, if the caller would. */
async function apply(
  call: Call,
  taskId: string,
  toOperation: (key: TaskKey) => TaskOperation,
  body: unknown,
): Promise<Answer> {
  const { parts, messageId } = call;
  const before = await readTask(parts, taskId);
  const { key } = before;
  const operation = toOperation(key);
  const isRetry = operation.kind === "retry-tasks";
  const { workflow, workflowId, run } = key;
  const message = { ...operation, ...call.envelope(), workflow, workflowId, run };
  await accept(call, message, body);
  const isApplied = before.instance.state.seen.has(messageId);
  if (!isApplied) {
    const isOpen = before.task.status === "running";
    if (!isOpen && !isRetry) throw endedTask(before.task);
    await send(parts, message);
  }
  if (call.waitSeconds === undefined) return { status: 202, body: { taskId } };
  const { found } = await waitFor(call, { workflow, workflowId }, (instance) => {
    const task = taskIn(instance, key);
    if (instance.state.seen.has(messageId) || task === undefined) return task ?? before.task;
    if (task.status === "running" || isRetry) return undefined;
    throw endedTask(task); // by somebody who was quicker
  });
  return {
    status: found ? 200 : 202,
    headers: preferenceApplied(call),
    body: { taskId, ...(found && { status: found.status }) },
  };
}
