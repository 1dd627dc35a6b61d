import type { Command } from "../core/commands/command.ts";
import type { Event } from "../core/model/history.ts";
import type { RunKey } from "../core/values/ids.ts";
import { type Interceptor, intercept } from "../core/values/intercept.ts";
import type { Json } from "../core/values/json.ts";
import {
  type MessageHeaders,
  toHeaders,
  type WritableHeaders,
  writable,
} from "../core/values/message-headers.ts";
import { copyJson, frozenJson } from "./json-copy.ts";

/** A method of an instance that begins: the one that a start runs, or one that was called later. */
export interface InboundMethod {
  readonly workflow: string;
  readonly workflowId: string;
  readonly method: string;
  readonly args: readonly Json[];
  readonly headers: MessageHeaders;
}

/** A signal that has arrived; its channel gets it next. */
export interface InboundSignal {
  readonly workflow: string;
  readonly workflowId: string;
  readonly channel: string;
  readonly value: Json | undefined;
  readonly headers: MessageHeaders;
}

/** A query that is asked. */
export interface InboundQuery {
  readonly workflow: string;
  readonly workflowId: string;
  readonly query: string;
  readonly args: readonly Json[];
}

/** A task, a child, a call, a signal or a timer of workflow code, before it goes out. */
export interface OutboundCall {
  readonly kind: "task" | "child" | "method" | "signal" | "by-tag" | "timer";
  /** The service or workflow that it is for; of a timer none. */
  readonly to?: string;
  /** The method or channel; of a timer none. */
  readonly name?: string;
  /** What it travels with: at first what the method that issues it was called with. Timers travel nowhere. */
  readonly headers: WritableHeaders;
}

/**
 * Code around what comes to a workflow's instances and what they send. It is workflow code: each replay runs it again,
 * so it must do the same each time, and may not change how methods do what they do.
 *
 * @example
 * const signed: WorkflowInterceptor = {
 *   outbound: (call) => {
 *     call.headers["by"] = workflowContext().workflow;
 *   },
 * };
 */
export interface WorkflowInterceptor {
  /** Around each method. `next` runs it; what it gives or throws is the outcome, unless this gives or throws other. */
  readonly method?: Interceptor<InboundMethod, Promise<unknown>>;
  /** Before each signal that fits the contract. What it throws is logged, and the signal goes to its channel. */
  readonly signal?: (signal: InboundSignal) => void;
  /** Around each query. `next` gives the answer. */
  readonly query?: Interceptor<InboundQuery, unknown>;
  /** Before whatever workflow code sends: what it writes to the headers travels with it. */
  readonly outbound?: (call: OutboundCall) => void;
}

const OUTBOUND: ReadonlySet<Command["kind"]> = new Set([
  "task",
  "child",
  "method",
  "signal",
  "by-tag",
  "timer",
]);

/** The interceptors of an instance's code, the first one outermost. */
export class WorkflowInterceptors {
  readonly #all: readonly WorkflowInterceptor[];
  readonly #names: { readonly workflow: string; readonly workflowId: string };

  constructor(all: readonly WorkflowInterceptor[], { workflow, workflowId }: RunKey) {
    this.#all = all;
    this.#names = { workflow, workflowId };
  }

  /** Runs a method; without interceptors, as if there were no such thing. */
  method(
    { name, headers }: { readonly name: string; readonly headers: MessageHeaders },
    args: readonly Json[],
    run: () => unknown,
  ): unknown {
    const around = this.#all.flatMap(({ method }) => method ?? []);
    const call = { ...this.#names, method: name, args, headers };
    return around.length === 0 ? run() : intercept(around, call, async () => run());
  }

  /** What one throws is told as what code throws where nobody can catch it. */
  signal({ channel, value, headers = {} }: Event & { readonly kind: "signal-received" }): void {
    const around = this.#all.flatMap(({ signal }) => signal ?? []);
    if (around.length === 0) return;
    const call = { ...this.#names, channel, value: copyJson(value), headers: frozenJson(headers) };
    try {
      for (const signal of around) signal(call);
    } catch (error) {
      void Promise.reject(error);
    }
  }

  query(query: string, args: readonly Json[], run: () => unknown): unknown {
    const around = this.#all.flatMap(({ query }) => query ?? []);
    return intercept(around, { ...this.#names, query, args }, run);
  }

  /**
   * Gives a command with the headers that interceptors have given it.
   *
   * @param inherited the headers of the method that issues it
   * @throws InfiniticError `INVALID_OPTION` for headers that cannot travel
   */
  outbound<C extends Command>(command: C, inherited: MessageHeaders): C {
    const around = this.#all.flatMap(({ outbound }) => outbound ?? []);
    if (around.length === 0 || !OUTBOUND.has(command.kind)) return command;
    const headers = writable(inherited);
    const call = { kind: command.kind as OutboundCall["kind"], ...targetOf(command), headers };
    for (const outbound of around) outbound(call);
    if (command.kind === "timer" || JSON.stringify(headers) === JSON.stringify(inherited)) return command;
    return { ...command, headers: toHeaders(headers) };
  }
}

function targetOf(command: Command): { readonly to?: string; readonly name?: string } {
  switch (command.kind) {
    case "task":
      return { to: command.service, name: command.method };
    case "child":
    case "method":
      return { to: command.workflow, name: command.method };
    case "signal":
      return { to: command.workflow, name: command.channel };
    case "by-tag": {
      const { workflow, operation } = command;
      return { to: workflow, name: operation.kind === "signal" ? operation.channel : operation.method };
    }
    default:
      return {};
  }
}
