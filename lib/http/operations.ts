import * as z from "zod";
import type { Operation } from "../core/protocol/messages.ts";
import { component } from "./component.ts";
import type { RouteBody } from "./route.ts";
import { args, id, json } from "./schemas.ts";

/** Something that can be done to an instance, and to every instance that has a tag. */
export interface InstanceOperation {
  /** The end of its path. */
  readonly path: string;
  /** The names of its two calls. */
  readonly operationIds: { readonly byId: string; readonly byTag: string };
  readonly summary: string;
  readonly body: RouteBody<z.ZodObject>;
  readonly toOperation: (body: unknown, path: { readonly [name: string]: string }) => Operation;
}

function operation<Body extends z.ZodObject>(
  facts: Omit<InstanceOperation, "body" | "toOperation"> & {
    readonly body: RouteBody<Body>;
    readonly toOperation: (body: z.output<Body>, path: { readonly [name: string]: string }) => Operation;
  },
): InstanceOperation {
  // The body that it is given is what its schema made of it.
  return facts as unknown as InstanceOperation;
}

const methodChoiceBody = component(
  "MethodChoice",
  z
    .strictObject({ methodId: id.exactOptional().describe("Of the only method that is meant") })
    .describe("All methods of an instance, or one"),
);

const retryTasksBody = component(
  "RetryTasks",
  z
    .strictObject({
      taskId: z.string().min(1).max(600).exactOptional(),
      status: z.enum(["failed", "timedOut"]).exactOptional(),
      service: z.string().min(1).max(64).exactOptional(),
    })
    .describe("All tasks that failed or timed out, or those that fit"),
);

/** Runs a method by tag: nobody waits for it, so it takes no timeout. */
export const callByTag = operation({
  path: "methods/{method}",
  operationIds: { byId: "callMethod", byTag: "callMethodByTag" },
  summary: "Runs one more method",
  body: { schema: z.strictObject({ args }), example: { args: ["paid"] } },
  toOperation: ({ args }, { method = "" }) => ({ kind: "method", method, args }),
});

/** Everything else that can be done to an instance. */
export const OPERATIONS: readonly InstanceOperation[] = [
  operation({
    path: "channels/{channel}",
    operationIds: { byId: "sendSignal", byTag: "sendSignalByTag" },
    summary: "Sends a signal",
    body: {
      schema: component("Signal", z.strictObject({ signal: json.optional() })),
      example: { signal: true },
    },
    toOperation: ({ signal: value }, { channel = "" }) => ({
      kind: "signal",
      channel,
      ...(value !== undefined && { value }),
    }),
  }),
  operation({
    path: "cancel",
    operationIds: { byId: "cancelWorkflow", byTag: "cancelByTag" },
    summary: "Cancels an instance and its children, or one of its methods",
    body: { schema: methodChoiceBody, example: {} },
    toOperation: (body) => ({ kind: "cancel", ...body }),
  }),
  operation({
    path: "retry",
    operationIds: { byId: "retryWorkflow", byTag: "retryByTag" },
    summary: "Runs failed methods again from their history, after their code was repaired",
    body: { schema: methodChoiceBody, example: { methodId: "main" } },
    toOperation: (body) => ({ kind: "retry", ...body }),
  }),
  operation({
    path: "retry-tasks",
    operationIds: { byId: "retryTasks", byTag: "retryTasksByTag" },
    summary: "Runs tasks again that failed or timed out",
    body: { schema: retryTasksBody, example: { status: "failed", service: "Payments" } },
    toOperation: (body) => ({ kind: "retry-tasks", ...body }),
  }),
  operation({
    path: "complete-timers",
    operationIds: { byId: "completeTimers", byTag: "completeTimersByTag" },
    summary: "Fires pending timers",
    body: { schema: methodChoiceBody, example: {} },
    toOperation: (body) => ({ kind: "complete-timers", ...body }),
  }),
];
