import type { WorkflowDefinition } from "../core/definition.ts";
import { InfiniticError } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import type { JsonObject } from "../core/json.ts";
import { Api } from "./api.ts";
import type { ClientOptions } from "./client-options.ts";
import { withMembers } from "./members.ts";
import { dispatchMethod, type MethodCall, runMethod } from "./method-call.ts";
import type { WaitOptions } from "./method-handle.ts";
import { workflowById } from "./workflow-by-id.ts";
import type { NewWorkflow, WorkflowById } from "./workflow-client.ts";

export interface StartOptions extends WaitOptions {
  /** The workflow id; starting one that exists starts nothing. A new one for each call unless told. */
  readonly id?: string;
  readonly tags?: readonly string[];
  readonly meta?: JsonObject;
}

/**
 * Starts, signals, queries and cancels workflows through the HTTP API.
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
    const { id, tags, meta, timeout } = options;
    if (id !== undefined) checkId(id);
    const call = (method: string, args: readonly unknown[]): MethodCall => ({
      path: `/workflows/${encodeURIComponent(definition.name)}`,
      body: { id, method, args, tags, meta },
      names: { workflow: definition.name, workflowId: id ?? "", method },
      sent: definition.schemas.args(method),
      received: definition.schemas.result(method),
    });
    const api = this.#api;
    const dispatch = withMembers(
      {},
      (method) =>
        (...args: readonly unknown[]) =>
          dispatchMethod(api, call(method, args)),
    );
    return withMembers(
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
    checkId(workflowId);
    const { name, schemas } = definition;
    return workflowById(this.#api, { workflow: name, workflowId }, schemas, options);
  }
}

function checkId(id: string): void {
  if (isId(id) && id !== "." && id !== "..") return;
  throw new InfiniticError(
    "INVALID_OPTION",
    `expected a workflow id of 1 to 128 letters, digits or "._~@-", got ${JSON.stringify(id)}`,
  );
}
