import * as z from "zod";
import type { OpenTaskView, TaskView } from "../core/model/task-view.ts";
import type { InstanceView, ResultView } from "../core/model/view.ts";
import type { Failure } from "../core/values/failure.ts";
import { component } from "./component.ts";
import { json, jsonObject } from "./schemas.ts";

// What the API answers with. A type of the core and the schema of it are kept equal by the compiler.

const instant = z.int().describe("Epoch milliseconds");
const count = z.int();

export const failure: z.ZodType<Failure> = component(
  "Failure",
  z
    .object({
      name: z.string().min(1),
      message: z.string(),
      stack: z.string().exactOptional(),
      foreign: z
        .literal(true)
        .exactOptional()
        .describe("It is a user's, though it has the name and the code of an error of this library"),
      properties: jsonObject.exactOptional(),
      get cause() {
        return failure.exactOptional();
      },
      get errors() {
        return z.array(failure).readonly().exactOptional().describe("What an AggregateError is made of");
      },
    })
    .describe("An error as data, with its causes"),
);

/** How a method stands: the answer to a wait. */
export type OutcomeView = ResultView | { readonly status: "accepted" | "timedOut" };

export const outcome = component(
  "Outcome",
  z
    .object({
      workflow: z.string(),
      workflowId: z.string(),
      run: z
        .string()
        .exactOptional()
        .describe("The run of the id: of a start, the one that it begins or has met"),
      methodId: z.string(),
      status: z.enum(["accepted", "running", "completed", "failed", "canceled", "timedOut"]),
      result: json.exactOptional().describe("What a completed method returned; absent when that is nothing"),
      error: failure.exactOptional(),
      after: z
        .string()
        .exactOptional()
        .describe("Of a start with a customId: the run that had ended before, whose outcome is not meant"),
    })
    .describe("How a method stands"),
);

const openTask = z.object({
  taskId: z.string(),
  service: z.string(),
  method: z.string(),
  attempt: count.describe("0 for the first attempt in a sequence"),
  sequence: count.describe("Retries by hand"),
  retryAt: instant.exactOptional(),
  timeoutAt: instant.exactOptional(),
  delegated: z.literal(true).exactOptional().describe("It waits for whoever completes or fails it"),
  heartbeatBy: instant.exactOptional().describe("When it fails unless a heartbeat comes"),
  lastFailure: failure.exactOptional(),
}) satisfies z.ZodType<OpenTaskView>;

const taskStatus = z.enum(["running", "completed", "failed", "timedOut", "canceled"]);

export const task = component(
  "Task",
  openTask.extend({
    status: taskStatus,
    tags: z.array(z.string()).readonly().exactOptional(),
    meta: jsonObject.exactOptional(),
    result: json.exactOptional().describe("What the completed task returned; absent when that is nothing"),
    error: failure.exactOptional().describe("Of the last attempt of a failed task"),
  }),
) satisfies z.ZodType<TaskView>;

/** What a dispatched task answers: the task, of which nothing is known yet while it is on its way. */
export const taskOutcome = component(
  "TaskOutcome",
  task.partial({ attempt: true, sequence: true }).describe("How a task stands"),
);

export const instanceStatus = z.enum(["running", "failed", "completed", "canceled", "stopped"]);

export const instance = component(
  "Instance",
  z.object({
    workflow: z.string(),
    workflowId: z.string(),
    run: z.string(),
    version: count.describe("Of its class; 0 while it is `accepted`"),
    status: z
      .enum([...instanceStatus.options, "accepted"])
      .describe("`accepted`: its start is on its way, and nothing else is known of it"),
    startedAt: instant,
    updatedAt: instant.describe("The instant of the last event"),
    tags: z.array(z.string()).readonly(),
    meta: jsonObject,
    methods: z
      .array(
        z.object({
          methodId: z.string(),
          name: z.string(),
          status: z.enum(["running", "failed", "completed", "canceled"]),
          startedAt: instant,
          endedAt: instant.exactOptional(),
        }),
      )
      .readonly(),
    waitsFor: z
      .object({
        tasks: z.array(openTask).readonly(),
        children: z
          .array(z.object({ workflow: z.string(), workflowId: z.string(), method: z.string() }))
          .readonly(),
        timers: z.array(z.object({ id: z.string(), dueAt: instant })).readonly(),
        receives: z.array(z.object({ channel: z.string() })).readonly(),
        wakeUpAt: instant.exactOptional(),
      })
      .describe("What the instance waits for"),
    unheard: z
      .array(
        z.object({
          at: instant,
          messageId: z.string(),
          channel: z.string().exactOptional(),
          method: z.string().exactOptional(),
          code: z.enum(["UNKNOWN_CHANNEL", "SCHEMA_MISMATCH", "UNKNOWN_METHOD"]),
          reason: z.string(),
        }),
      )
      .readonly()
      .exactOptional()
      .describe(
        "The last messages that came to nothing: of an unknown channel or method, or refused by a schema",
      ),
    stopped: z
      .object({ failure, retryAt: instant, messages: count.describe("Messages that wait") })
      .exactOptional()
      .describe("Why its code cannot be run, while it is stopped"),
    uncaught: z
      .array(z.object({ at: instant, method: z.string().exactOptional(), failure }))
      .readonly()
      .exactOptional()
      .describe("The last errors that its code threw where nobody could catch them, as of its last step"),
  }),
) satisfies z.ZodType<InstanceView>;

/** What a call answers that does something to one instance. */
export const instanceOperation = component(
  "InstanceOperation",
  z.object({
    workflow: z.string(),
    workflowId: z.string(),
    status: instanceStatus.exactOptional().describe("The instance's status once it was applied"),
  }),
);

/** What a call answers that does something to every instance that has a tag. */
export const tagOperation = component("TagOperation", z.object({ workflow: z.string(), tag: z.string() }));

/** What a call answers that does something to a task. */
export const taskOperation = component(
  "TaskOperation",
  z.object({
    taskId: z.string(),
    status: taskStatus.exactOptional().describe("The task's status once it was applied"),
  }),
);
