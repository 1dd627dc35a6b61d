import type { CommandId } from "./ids.ts";
import type { Caller } from "./messages.ts";
import type { Outcome } from "./outcome.ts";

export type MethodStatus = "running" | "failed" | "completed" | "canceled";

/** One method of an instance: the first is what the start ran, others came by message. */
export interface MethodState {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly startedAt: number;
  readonly caller?: Caller;
  /** Callers that came later, and how often it had ended by then. */
  readonly attached: { readonly caller: Caller; readonly endings: number }[];
  status: MethodStatus;
  endedAt?: number;
  /** How it ended each time, in order: undefined when it was canceled. More than one when a failure was resumed. */
  readonly endings: (Outcome | undefined)[];
  /** Commands issued so far: the next one's number. */
  issued: number;
  /** The commands whose next outcome it waits for while it is held. */
  readonly held: Set<CommandId>;
}
