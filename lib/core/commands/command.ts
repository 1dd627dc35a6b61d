import { flawsIn, passes } from "../protocol/fields.ts";
import type { Outgoing, Sender } from "../protocol/outgoing.ts";
import { InfiniticError } from "../values/errors.ts";
import { type ByTagCommand, byTag } from "./by-tag.ts";
import { type ChildCommand, child } from "./child.ts";
import type { CommandKind } from "./command-kind.ts";
import { type InlineCommand, inline } from "./inline.ts";
import { type MethodCommand, method } from "./method.ts";
import { type ReceiveCommand, receive } from "./receive.ts";
import { type SignalCommand, signal } from "./signal.ts";
import { type TaskCommand, task } from "./task.ts";
import { type TaskRetryCommand, taskRetry } from "./task-retry.ts";
import { type TimerCommand, timer } from "./timer.ts";

/** What workflow code did. */
export type Command =
  | TaskCommand
  | TaskRetryCommand
  | TimerCommand
  | ChildCommand
  | MethodCommand
  | SignalCommand
  | ByTagCommand
  | ReceiveCommand
  | InlineCommand;

/** One line a kind: the next kind of command is one file, and one line here and above. */
const KINDS: { readonly [C in Command as C["kind"]]: CommandKind<C> } = {
  task,
  "task-retry": taskRetry,
  timer,
  child,
  method,
  signal,
  "by-tag": byTag,
  receive,
  inline,
};

const kindOf = (command: Command): CommandKind<Command> => KINDS[command.kind] as CommandKind<Command>; // its own

/** Whether a record of history is a command. */
export function isCommand(record: { readonly kind: string }): record is Command {
  return Object.hasOwn(KINDS, record.kind);
}

/**
 * Refuses a command of workflow code whose message nobody could read.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkCommand(command: Command): void {
  const { fields } = kindOf(command);
  if (passes(command, fields)) return;
  const wrong = flawsIn(command, fields).join(", ");
  throw new InfiniticError("INVALID_OPTION", `expected a valid ${command.kind}, got a wrong ${wrong}`);
}

/** Names what a command is about, beside its kind. */
export function nameOf(command: Command): string {
  return kindOf(command).nameOf?.(command) ?? "";
}

/** The arguments, or the signal, that a command sends. */
export function argsOf(command: Command): unknown {
  return kindOf(command).valueOf?.(command);
}

/** The message that a command itself sends; undefined for one that sends none, and for tasks. */
export function emitOfCommand(command: Command, sender: Sender, at: number): Outgoing | undefined {
  return kindOf(command).emit?.(command, sender, at);
}
