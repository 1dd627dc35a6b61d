import { hasCode } from "../../core/values/errors.ts";
import { preferenceApplied } from "../outcome.ts";
import { opened } from "../payloads.ts";
import { route } from "../route.ts";
import { readTask, taskIn, taskKeyOf, unknownTask } from "../task.ts";
import { task } from "../views.ts";
import { waitFor } from "../wait.ts";

/** Describes a task; waits for its outcome if the caller would. */
export const describeTask = route({
  method: "GET",
  path: "/tasks/{taskId}",
  operationId: "describeTask",
  about: "Tasks",
  summary: "Describes a task, in a workflow or outside: its attempts, and its outcome",
  waits: true,
  answers: {
    200: {
      description: "The task as it is committed",
      schema: task,
      example: {
        taskId: "Booking:trip-2:key-1:0.2",
        service: "Payments",
        method: "charge",
        status: "running",
        attempt: 1,
        sequence: 0,
        retryAt: 1_795_534_190_738,
        lastFailure: { name: "TimeoutError", message: "the bank does not answer" },
      },
    },
  },
  problems: ["TASK_UNKNOWN"],
  handle: async (call, { path: { taskId } }) => {
    if (call.waitSeconds === undefined) {
      return { status: 200, body: await opened(call.parts, (await readTask(call.parts, taskId)).task) };
    }
    const key = taskKeyOf(taskId);
    const { workflow, workflowId } = key;
    try {
      const { found, instance } = await waitFor(call, { workflow, workflowId }, (instance) => {
        const task = taskIn(instance, key);
        return task?.status === "running" ? undefined : task;
      });
      const task = found ?? (instance && taskIn(instance, key));
      if (!task) throw unknownTask(taskId);
      return { status: 200, headers: preferenceApplied(call), body: await opened(call.parts, task) };
    } catch (error) {
      throw hasCode(error, "WORKFLOW_UNKNOWN") ? unknownTask(taskId) : error;
    }
  },
});
