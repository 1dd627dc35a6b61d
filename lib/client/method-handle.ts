import type { Check } from "../core/contract/check.ts";
import { type Duration, toTimeoutMs } from "../core/values/duration.ts";
import { checkKeys } from "../core/values/option-keys.ts";
import type { WorkflowNames } from "../core/values/remote-errors.ts";
import type { Api } from "./api.ts";
import { newKey } from "./new-key.ts";
import { instancePath, type MethodNames, waitForEnd } from "./outcome.ts";

export interface WaitOptions {
  /** How long to wait: then WorkflowTimedOutError, and the instance goes on. Default: for ever. */
  readonly timeout?: Duration;
}

/** A method of an instance that was dispatched. */
export class MethodHandle<R> {
  readonly workflow: string;
  readonly workflowId: string;
  readonly methodId: string;
  /** The run that it is of, where the API has told: another run of the id has its own results. */
  readonly run: string | undefined;
  readonly #api: Api;
  readonly #names: MethodNames;
  readonly #received: Check | undefined;

  /** @param received what checks its result */
  constructor(api: Api, names: MethodNames, received?: Check) {
    this.workflow = names.workflow;
    this.workflowId = names.workflowId;
    this.methodId = names.methodId;
    this.run = names.run;
    this.#api = api;
    this.#names = names;
    this.#received = received;
  }

  /**
   * Waits for the method's result; who waits again after a retry gets the new outcome.
   *
   * @throws WorkflowFailedError (its cause says why), WorkflowCanceledError, WorkflowUnknownError,
   * WorkflowTimedOutError; SchemaMismatchError when it is not what the contract says
   */
  async result(options: WaitOptions = {}): Promise<R> {
    checkKeys(options, ["timeout"]);
    const { timeout } = options;
    const deadline = timeout === undefined ? Infinity : this.#api.clock.now() + toTimeoutMs(timeout);
    const result = await waitForEnd(this.#api, this.#names, deadline);
    // What a method returns is its interface's promise.
    return (this.#received ? await this.#received.parse(result) : result) as R;
  }

  /** Cancels this method; with its only method, the instance. */
  async cancel(): Promise<void> {
    const { methodId, run, ...names } = this.#names;
    await controlInstance(this.#api, names, "cancel", { methodId }, run);
  }
}

/** Sends what controls an instance. Resolves once the message is on its way. */
export async function controlInstance(
  api: Api,
  names: WorkflowNames,
  control: "cancel" | "retry" | "retry-tasks" | "complete-timers",
  options: object = {},
  run?: string,
): Promise<void> {
  const search = run === undefined ? "" : `?${new URLSearchParams({ run })}`;
  const request = { path: `${instancePath(names)}/${control}${search}`, body: options, names };
  await api.call({ method: "POST", ...request, idempotencyKey: newKey(api.clock) });
}
