import { type Fields, isObject, isTags, isText, isTimeout, optional } from "../protocol/fields.ts";
import type { Outgoing, Sender } from "../protocol/outgoing.ts";
import type { CommandId } from "../values/ids.ts";

/** What every command has: its kind, and an id that counts per method, in the order issued. */
interface AnyCommand {
  readonly kind: string;
  readonly id: CommandId;
}

/** All that the model knows of one kind of command. What authors call to issue it is in `lib/workflow`. */
export interface CommandKind<C extends AnyCommand> {
  /** What its fields must be: a command whose message nobody could read is refused. */
  readonly fields: Fields;
  /** Names it beside its kind: replays compare the name. Default: it has none. */
  readonly nameOf?: (command: C) => string;
  /** The arguments, or the signal, that it sends: strict replays compare them. Default: it sends none. */
  readonly valueOf?: (command: C) => unknown;
  /**
   * The message that it sends, derived from committed history alone (I3).
   * Default: none, or one for each attempt of a task.
   *
   * @param at the instant of the event that the command answers
   */
  readonly emit?: (command: C, sender: Sender, at: number) => Outgoing;
}

/** The fields of a call, of a task or a method. */
export const CALL: Fields = { method: isText, args: Array.isArray, timeoutMs: optional(isTimeout) };
/** The fields of what can be labeled. */
export const LABELED: Fields = { tags: optional(isTags), meta: optional(isObject) };
