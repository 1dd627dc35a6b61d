import * as z from "zod";
import { taskViewOf } from "../../core/model/task-view.ts";
import { hash128 } from "../../core/values/hash.ts";
import { type RunKey, STANDALONE_COMMAND, scopedId } from "../../core/values/ids.ts";
import type { JsonObject } from "../../core/values/json.ts";
import { accept } from "../accept.ts";
import type { Call } from "../call.ts";
import { component } from "../component.ts";
import { preferenceApplied } from "../outcome.ts";
import { opened } from "../payloads.ts";
import { ProblemError } from "../problem.ts";
import { route } from "../route.ts";
import { args, duration, jsonObject, tags } from "../schemas.ts";
import { send } from "../send.ts";
import { taskOutcome } from "../views.ts";
import { waitFor } from "../wait.ts";

const body = component(
  "DispatchTask",
  z.strictObject({
    args,
    tags: tags.optional().describe("Of the task, in its context"),
    meta: jsonObject.optional().describe("Of the task, in its context"),
    timeout: duration
      .optional()
      .describe('From dispatch to outcome, retries included: then its `status` is `timedOut`. As in "1h"'),
  }),
);

const EXAMPLE = {
  service: "Payments",
  method: "charge",
  taskId: "infinitic-task:9b2d9c5c:9b2d9c5c:0.0",
};

/** Dispatches a task outside a workflow: it is the only one of an instance of a built-in workflow. */
export const dispatchTask = route({
  method: "POST",
  path: "/services/{service}/{method}",
  operationId: "dispatchTask",
  about: "Tasks",
  summary: "Dispatches a durable task outside a workflow",
  waits: true,
  body: { schema: body, example: { args: ["order-42", 4_500], timeout: "1h" } },
  answers: {
    200: {
      description: "The task has an outcome: `status` says which",
      schema: taskOutcome,
      example: { ...EXAMPLE, status: "completed", result: { payment: "PA-74aed8122d" } },
    },
    202: {
      description: "The task has no outcome yet, or nobody waited for that",
      schema: taskOutcome,
      example: { ...EXAMPLE, status: "running" },
      headers: { Location: "Where it is" },
    },
  },
  handle: async (call, { path: { service, method }, body }) => {
    const { parts } = call;
    if (!parts.runsTasks) throw noTasks();
    const key = keyOf(call, service, method);
    const { workflow, workflowId, run } = key;
    const { args, timeout: timeoutMs, tags, meta } = body;
    const options: JsonObject = {
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(tags && { tags }),
      ...(meta && { meta }),
    };
    const message = {
      kind: "start",
      ...call.envelope(run),
      workflow,
      workflowId,
      method: "run",
      args: [service, method, args, options],
    } as const;
    await accept(call, message, body);
    await send(parts, message);
    const taskId = scopedId(key, STANDALONE_COMMAND);
    const ended = await endWithin(call, key);
    const shown = ended ? await opened(parts, ended) : { taskId, service, method, status: "running" };
    return {
      status: ended ? 200 : 202,
      headers: { ...preferenceApplied(call), location: `/tasks/${taskId}` },
      body: shown,
    };
  },
});

/** The same for the same service, method and Idempotency-Key. */
function keyOf({ idempotencyKey, parts }: Call, service: string, method: string): RunKey {
  const id = idempotencyKey === undefined ? parts.newId() : hash128(`${service}:${method}:${idempotencyKey}`);
  return { workflow: parts.taskWorkflow, workflowId: id, run: id };
}

async function endWithin(call: Call, { workflow, workflowId }: RunKey) {
  if (call.waitSeconds === undefined) return undefined;
  const { found } = await waitFor(
    call,
    { workflow, workflowId },
    (instance) => {
      const task = taskViewOf(instance, STANDALONE_COMMAND);
      return task?.status === "running" ? undefined : task;
    },
    { unknownAfterMs: Infinity },
  );
  return found;
}

function noTasks(): ProblemError {
  const detail =
    "expected a function that runs tasks outside a workflow, got none: deploy one under the key tasks";
  return new ProblemError("UNKNOWN_ROUTE", detail, { status: 501 });
}
