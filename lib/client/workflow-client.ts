import type { ArgsOf, ChannelsOf, MethodsOf, QueriesOf, ResultOf } from "../core/contract/definition.ts";
import type { HistoryView, InstanceView } from "../core/model/view.ts";
import type { MethodHandle, WaitOptions } from "./method-handle.ts";

/** A workflow's methods: each runs and gives its result. */
export type RunMethods<W> = {
  readonly [M in keyof MethodsOf<W>]: (
    ...args: ArgsOf<MethodsOf<W>[M]>
  ) => Promise<ResultOf<MethodsOf<W>[M]>>;
};

/** A workflow's methods: each gives a handle as soon as the call is on its way. */
export type DispatchMethods<W> = {
  readonly [M in keyof MethodsOf<W>]: (
    ...args: ArgsOf<MethodsOf<W>[M]>
  ) => Promise<MethodHandle<ResultOf<MethodsOf<W>[M]>>>;
};

/** A workflow's channels, to send signals to. */
export type SendChannels<W> = {
  readonly [C in keyof ChannelsOf<W>]: { send(signal: ChannelsOf<W>[C]): Promise<void> };
};

/** A workflow's queries. */
export type AskQueries<W> = {
  readonly [Q in keyof QueriesOf<W>]: (
    ...args: ArgsOf<QueriesOf<W>[Q]>
  ) => Promise<ResultOf<QueriesOf<W>[Q]>>;
};

/** A workflow to start: each method that is called starts an instance with it. */
export type NewWorkflow<W> = Omit<RunMethods<W>, "dispatch"> & {
  readonly dispatch: DispatchMethods<W>;
};

/** What every instance offers; a method of the workflow with one of these names is reached through `dispatch`. */
export interface InstanceControl<W> {
  readonly workflow: string;
  readonly workflowId: string;
  readonly dispatch: DispatchMethods<W>;
  readonly query: AskQueries<W>;
  /** Waits for the result of the method that the start ran, or of the one with this id. */
  result(
    options?: WaitOptions & { readonly methodId?: string },
  ): Promise<ResultOf<MethodsOf<W>[keyof MethodsOf<W>]>>;
  /** Cancels the instance, or one of its methods. Resolves once the message is on its way. */
  cancel(options?: { readonly methodId?: string }): Promise<void>;
  /** Runs failed methods again from their history, after their code was repaired: all, or one. */
  retry(options?: { readonly methodId?: string }): Promise<void>;
  /** Runs tasks that failed or timed out again: all, or those that fit. */
  retryTasks(options?: {
    readonly taskId?: string;
    readonly status?: "failed" | "timedOut";
    readonly service?: string;
  }): Promise<void>;
  /** Fires pending timers: all, or those of one method. */
  completeTimers(options?: { readonly methodId?: string }): Promise<void>;
  describe(): Promise<InstanceView>;
  /** Gives a page of the history, oldest first; `cursor` of one page is where the next begins. */
  history(options?: { readonly cursor?: string; readonly limit?: number }): Promise<HistoryView>;
}

/** An instance by its id: its methods, its channels, and {@link InstanceControl}. */
export type WorkflowById<W> = InstanceControl<W> &
  Omit<RunMethods<W> & SendChannels<W>, keyof InstanceControl<W>>;
