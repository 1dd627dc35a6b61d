import type { Caller } from "../protocol/messages.ts";
import type { Hold } from "../values/hold.ts";
import type { CommandId } from "../values/ids.ts";
import type { MessageHeaders } from "../values/message-headers.ts";
import type { Outcome } from "../values/outcome.ts";

export type MethodStatus = "running" | "failed" | "completed" | "canceled";

/** One method of an instance: the first is what the start ran, others came by message. */
export interface MethodState {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly startedAt: number;
  readonly caller?: Caller;
  /** Those of the message that called it. */
  readonly headers?: MessageHeaders;
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
  /** Of these, those of one `Promise.any`: once one has completed, it waits for none of the others. */
  readonly heldAny: ReadonlySet<CommandId>[];
}

/** Has a method wait for the next outcome of these commands too, of any of them; for none any more without one. */
export function hold(method: MethodState, holds: readonly Hold[]): void {
  if (holds.length === 0) {
    method.held.clear();
    method.heldAny.length = 0;
  }
  for (const { command } of holds) method.held.add(command);
  if (holds.length > 1) method.heldAny.push(new Set(holds.map(({ command }) => command)));
}

/** A held method waits no more for a command: it goes on when it waits for no other. */
export function release(method: MethodState, id: CommandId, isCompleted: boolean): void {
  if (!method.held.delete(id)) return;
  const won = isCompleted ? method.heldAny.filter((group) => group.has(id)) : [];
  for (const group of won) for (const other of group) method.held.delete(other);
  if (method.held.size === 0) method.status = "running";
}
