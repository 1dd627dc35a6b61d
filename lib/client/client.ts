import { checkCallOptions } from "../core/contract/call-options.ts";
import type { ServiceDefinition, WorkflowDefinition } from "../core/contract/definition.ts";
import { InfiniticError } from "../core/values/errors.ts";
import { failureOf } from "../core/values/failure.ts";
import { checkWorkflowId, customWorkflowId } from "../core/values/ids.ts";
import type { JsonObject } from "../core/values/json.ts";
import { checkCustomId, checkTag } from "../core/values/tags.ts";
import { Api } from "./api.ts";
import type { ClientOptions } from "./client-options.ts";
import { type ListOptions, type ListPage, listWorkflows } from "./list-workflows.ts";
import { withMembers } from "./members.ts";
import { dispatchMethod, type MethodCall, runMethod } from "./method-call.ts";
import type { WaitOptions } from "./method-handle.ts";
import { type DispatchOptions, type NewService, newService } from "./new-service.ts";
import { controlTask, TaskHandle } from "./task-handle.ts";
import { workflowById } from "./workflow-by-id.ts";
import { type WorkflowByTag, workflowByTag } from "./workflow-by-tag.ts";
import type { NewWorkflow, WorkflowById } from "./workflow-client.ts";

export interface StartOptions extends WaitOptions {
  /** The workflow id; starting one that exists starts nothing. Default: a new one for each call. */
  readonly id?: string;
  /** In place of an id: at most one instance of it runs at a time. Once that has ended, a start begins a new run. */
  readonly customId?: string;
  readonly tags?: readonly string[];
  readonly meta?: JsonObject;
}

/**
 * Starts, signals, queries and cancels workflows, and runs tasks, through the HTTP API.
 *
 * Each call has an id of its own, which its retries share: it has its effect once, or fails. A call whose arguments
 * or signal the definition's schemas refuse sends nothing, and rejects with SchemaMismatchError.
 *
 * @example
 * const client = new InfiniticClient({ url: "http://localhost:3000" });
 *
 * const flow = await client.newWorkflow(OrderFlow, { id: "order-42" }).dispatch.run({ id: "42", cents: 990 });
 * await client.getWorkflowById(OrderFlow, "order-42").approved.send(true);
 * console.log(await flow.result()); // receipt of 42: 990
 */
export class InfiniticClient {
  readonly #api: Api;

  /** @throws InfiniticError `INVALID_OPTION` */
  constructor(options: ClientOptions) {
    this.#api = new Api(options);
  }

  /**
   * Gives a workflow to start: `.run(…)` starts an instance and waits for its result, `.dispatch.run(…)` only starts.
   *
   * @throws InfiniticError `INVALID_OPTION`
   */
  newWorkflow<W>(definition: WorkflowDefinition<W>, options: StartOptions = {}): NewWorkflow<W> {
    const { id, customId } = options;
    const { timeoutMs: timeout, tags, meta } = checkCallOptions(options, ["id", "customId"]);
    if (id !== undefined) checkWorkflowId(id);
    if (customId !== undefined) checkCustomId(customId);
    if (id !== undefined && customId !== undefined) {
      throw new InfiniticError("INVALID_OPTION", "expected an id or a customId, got both");
    }
    const call = (method: string, args: readonly unknown[]): MethodCall => ({
      path: `/workflows/${encodeURIComponent(definition.name)}`,
      body: { id, customId, method, args, tags, meta },
      names: { workflow: definition.name, workflowId: id ?? "", method },
      sent: definition.schemas.args(method),
      received: definition.schemas.result(method),
    });
    const api = this.#api;
    const printed = { kind: "new workflow", facts: { workflow: definition.name } };
    const dispatch = withMembers(
      printed,
      {},
      (method) =>
        (...args: readonly unknown[]) =>
          dispatchMethod(api, call(method, args)),
    );
    return withMembers(
      printed,
      { dispatch },
      (method) =>
        (...args: readonly unknown[]) =>
          runMethod(api, call(method, args), timeout),
    );
  }

  /**
   * Gives an instance by its id, whether it exists or not: its methods, channels and queries.
   *
   * @throws InfiniticError `INVALID_OPTION`
   */
  getWorkflowById<W>(
    definition: WorkflowDefinition<W>,
    workflowId: string,
    options: WaitOptions = {},
  ): WorkflowById<W> {
    checkWorkflowId(workflowId);
    const { name, schemas } = definition;
    return workflowById(this.#api, { workflow: name, workflowId }, schemas, options);
  }

  /** Gives the instance that a custom id has now: the one that runs, or else the last one that did. */
  getWorkflowByCustomId<W>(
    definition: WorkflowDefinition<W>,
    customId: string,
    options: WaitOptions = {},
  ): WorkflowById<W> {
    return this.getWorkflowById(
      definition,
      customWorkflowId(definition.name, checkCustomId(customId)),
      options,
    );
  }

  /**
   * Gives the open instances that have a tag: methods to run on each and channels to send to, with nothing to wait for.
   *
   * @throws InfiniticError `INVALID_OPTION`
   */
  getWorkflowByTag<W>(definition: WorkflowDefinition<W>, tag: string): WorkflowByTag<W> {
    return workflowByTag(this.#api, definition, checkTag(tag));
  }

  /**
   * Lists instances, newest first, a page at a time: `cursor` of one page is where the next begins.
   *
   * Eventually consistent: what has just changed shows after a moment.
   */
  listWorkflows(options: ListOptions = {}): Promise<ListPage> {
    return listWorkflows(this.#api, options);
  }

  /**
   * Gives a service whose tasks to run outside a workflow, as durable as in one: `.charge(…)` waits for the result,
   * `.dispatch.charge(…)` does not.
   *
   * @throws InfiniticError `INVALID_OPTION`
   */
  newService<S>(definition: ServiceDefinition<S>, options: DispatchOptions = {}): NewService<S> {
    return newService(this.#api, definition, options);
  }

  /** Gives a task by its id, whether it exists or not, in a workflow or outside. */
  getTask(taskId: string): TaskHandle<unknown> {
    return new TaskHandle(this.#api, taskId);
  }

  /**
   * Completes a task that was delegated. Resolves once the result is on its way.
   *
   * @throws InfiniticError `TASK_UNKNOWN`; `TASK_ENDED` when the task has an outcome already
   */
  completeTask(taskId: string, result?: unknown): Promise<void> {
    return controlTask(this.#api, taskId, "complete", { result });
  }

  /**
   * Fails a task that was delegated, for good. Resolves once the error is on its way.
   *
   * @throws InfiniticError `TASK_UNKNOWN`; `TASK_ENDED` when the task has an outcome already
   */
  async failTask(taskId: string, error: unknown): Promise<void> {
    await controlTask(this.#api, taskId, "fail", { error: failureOf(error) });
  }

  /**
   * Says that a delegated task is being worked on: it fails when nothing is heard for its heartbeat timeout.
   *
   * @throws InfiniticError `TASK_UNKNOWN`; `TASK_ENDED` when the task has an outcome already
   */
  heartbeat(taskId: string): Promise<void> {
    return controlTask(this.#api, taskId, "heartbeat");
  }
}
