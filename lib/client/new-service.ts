import { checkCallOptions } from "../core/contract/call-options.ts";
import type { ArgsOf, MethodsOf, ResultOf, ServiceDefinition } from "../core/contract/definition.ts";
import type { TaskView } from "../core/model/task-view.ts";
import type { Duration } from "../core/values/duration.ts";
import type { JsonObject } from "../core/values/json.ts";
import { admit } from "./admit.ts";
import type { Api } from "./api.ts";
import { withMembers } from "./members.ts";
import { newKey } from "./new-key.ts";
import { MAX_WAIT_SECONDS } from "./poll.ts";
import { TaskHandle, taskOutcomeOf } from "./task-handle.ts";
import type { RunMethods } from "./workflow-client.ts";

/** What a task outside a workflow is dispatched with. */
export interface DispatchOptions {
  /** From dispatch to outcome, retries included: then TaskTimedOutError. Default: none. */
  readonly timeout?: Duration;
  readonly tags?: readonly string[];
  /** Given to every attempt. */
  readonly meta?: JsonObject;
}

/** A service's methods, each dispatching a durable task outside a workflow. */
export type NewService<S> = Omit<RunMethods<S>, "dispatch"> & {
  /** The same, each giving a handle as soon as the task is on its way. */
  readonly dispatch: {
    readonly [M in keyof MethodsOf<S>]: (
      ...args: ArgsOf<MethodsOf<S>[M]>
    ) => Promise<TaskHandle<ResultOf<MethodsOf<S>[M]>>>;
  };
};

type Args = readonly unknown[];

/** Makes what dispatches a service's tasks. It sends nothing by itself. */
export function newService<S>(
  api: Api,
  { name, schemas }: ServiceDefinition<S>,
  given: DispatchOptions,
): NewService<S> {
  const { timeoutMs: timeout, ...checked } = checkCallOptions(given);
  const options = { ...checked, ...(timeout !== undefined && { timeout }) };
  const post = async (method: string, args: Args, waitSeconds?: number) => {
    await admit(schemas.args(method), args);
    const { status, body } = await api.call({
      method: "POST",
      path: `/services/${encodeURIComponent(name)}/${encodeURIComponent(method)}`,
      body: { args, ...options },
      idempotencyKey: newKey(api.clock),
      waitSeconds,
    });
    const task = body as TaskView;
    return { status, task, handle: new TaskHandle(api, task.taskId, schemas.result(method)) };
  };
  const printed = { kind: "service", facts: { service: name } };
  const dispatch = withMembers(
    printed,
    {},
    (method) =>
      async (...args: Args) =>
        (await post(method, args)).handle,
  );
  return withMembers(printed, { dispatch }, (method) => async (...args: Args) => {
    const { status, task, handle } = await post(method, args, MAX_WAIT_SECONDS);
    if (status !== 200) return handle.result();
    const result = taskOutcomeOf(task);
    const received = schemas.result(method);
    return received ? received.parse(result) : result;
  });
}
