import type { InstanceMessage } from "../protocol/messages.ts";
import type { Failure } from "../values/failure.ts";
import { isMethodMeant, scopedId } from "../values/ids.ts";
import type { Json, JsonObject } from "../values/json.ts";
import type { CommandState } from "./command-state.ts";
import type { HistoryRecord } from "./history.ts";
import type { MethodState, MethodStatus } from "./method-state.ts";
import type { State } from "./state.ts";
import { type OpenTaskView, openTaskOf } from "./task-view.ts";
import type { Unheard } from "./unheard.ts";

/** An instance as readers see it. Instants are epoch milliseconds. */
export interface InstanceView {
  readonly workflow: string;
  readonly workflowId: string;
  readonly run: string;
  readonly version: number;
  /** `accepted`: its start is on its way, and nothing else is known of it. */
  readonly status: "accepted" | "running" | "failed" | "completed" | "canceled" | "stopped";
  readonly startedAt: number;
  /** The instant of the last event. */
  readonly updatedAt: number;
  readonly tags: readonly string[];
  readonly meta: JsonObject;
  readonly methods: readonly MethodView[];
  readonly waitsFor: WaitsView;
  /** The last messages that came to nothing: of an unknown channel or method, or refused by a schema. */
  readonly unheard?: readonly Unheard[];
  /** Why its code cannot be run, while it is stopped. */
  readonly stopped?: { readonly failure: Failure; readonly retryAt: number; readonly messages: number };
  /** The last errors that its code threw where nobody could catch them, as of its last step. */
  readonly uncaught?: readonly UncaughtView[];
}

/** An error that code of the instance threw where nobody could catch it. */
export interface UncaughtView {
  /** The instant of the event before it. */
  readonly at: number;
  /** Whose code it was, where that is known. */
  readonly method?: string;
  readonly failure: Failure;
}

export interface MethodView {
  readonly methodId: string;
  readonly name: string;
  readonly status: MethodStatus;
  readonly startedAt: number;
  readonly endedAt?: number;
}

/** What an instance waits for. */
export interface WaitsView {
  readonly tasks: readonly OpenTaskView[];
  readonly children: readonly {
    readonly workflow: string;
    readonly workflowId: string;
    readonly method: string;
  }[];
  readonly timers: readonly { readonly id: string; readonly dueAt: number }[];
  /** Channels with a receive that was opened by a method that has not ended. */
  readonly receives: readonly { readonly channel: string }[];
  readonly wakeUpAt?: number;
}

/** How a method stands: the answer to a wait. */
export type ResultView =
  | { readonly status: "running" }
  | { readonly status: "completed"; readonly result?: Json }
  | { readonly status: "failed"; readonly error: Failure }
  | { readonly status: "canceled" };

/** What a view is made of. */
export interface ViewSource {
  readonly state: State;
  readonly stopped?: { readonly failure: Failure; readonly retryAt: number } | undefined;
  readonly armed?: number | undefined;
  readonly waiting: readonly InstanceMessage[];
  readonly uncaught?: readonly UncaughtView[];
}

/** Describes an instance. */
export function viewOf({ state, stopped, armed, waiting, uncaught = [] }: ViewSource): InstanceView {
  return {
    ...state.key,
    version: state.version,
    status: stopped ? "stopped" : state.status,
    startedAt: state.startedAt,
    updatedAt: state.now,
    tags: state.tags,
    meta: state.meta,
    methods: state.methods.map(methodView),
    waitsFor: waitsOf(state, armed),
    ...(state.unheard.length > 0 && { unheard: state.unheard }),
    ...(stopped && {
      stopped: { failure: stopped.failure, retryAt: stopped.retryAt, messages: waiting.length },
    }),
    ...(uncaught.length > 0 && { uncaught }),
  };
}

/** Finds a method by its id, or by the key that it was called with. */
export function methodOf({ methods }: State, methodId: string): MethodState | undefined {
  return methods.find(({ id }) => id === methodId) ?? methods.find(({ id }) => isMethodMeant(id, methodId));
}

/** The failure of a call that was refused. */
function refusalOf({ refused }: State, methodId: string): Failure | undefined {
  const asked = [...refused].find(([id]) => isMethodMeant(id, methodId));
  return refused.get(methodId) ?? asked?.[1];
}

/** Tells how a method stands; undefined when the instance has no such method. */
export function resultOf(state: State, methodId: string): ResultView | undefined {
  const refusal = refusalOf(state, methodId);
  if (refusal) return { status: "failed", error: refusal };
  const method = methodOf(state, methodId);
  if (!method) return undefined;
  if (method.status === "running" || method.status === "canceled") return { status: method.status };
  const outcome = method.endings.at(-1);
  if (outcome?.kind === "failed") return { status: "failed", error: outcome.failure };
  return outcome?.value === undefined
    ? { status: "completed" }
    : { status: "completed", result: outcome.value };
}

/** A page of history, oldest first; `cursor` is where the next page begins, absent on the last. */
export interface HistoryView {
  readonly records: readonly HistoryRecord[];
  readonly cursor?: string;
}

function methodView({ id, name, status, startedAt, endedAt }: MethodState): MethodView {
  return {
    methodId: id,
    name,
    status,
    startedAt,
    ...(endedAt !== undefined && status !== "running" && { endedAt }),
  };
}

function waitsOf(state: State, armed: number | undefined): WaitsView {
  const open = state.ended ? [] : [...state.commands.values()].filter((command) => isOpen(state, command));
  return {
    tasks: open.flatMap((command) => openTaskOf(state, command) ?? []),
    children: open.flatMap(({ command }) =>
      command.kind === "child" || command.kind === "method"
        ? [{ workflow: command.workflow, workflowId: command.workflowId, method: command.method }]
        : [],
    ),
    timers: open.flatMap(({ command }) =>
      command.kind === "timer" ? [{ id: scopedId(state.key, command.id), dueAt: command.dueAt }] : [],
    ),
    receives: open.flatMap(({ command }) =>
      command.kind === "receive" ? [{ channel: command.channel }] : [],
    ),
    ...(armed !== undefined && !state.ended && { wakeUpAt: armed }),
  };
}

function isOpen(state: State, { command, status }: CommandState): boolean {
  const method = state.methods[Number.parseInt(command.id, 10)];
  return status === "pending" && (method?.status === "running" || method?.status === "failed");
}
