import type { CommandId } from "../values/ids.ts";
import type { CommandKind } from "./command-kind.ts";

/** Runs a function in place, once: its outcome is an event. */
export interface InlineCommand {
  readonly kind: "inline";
  readonly id: CommandId;
}

export const inline: CommandKind<InlineCommand> = { fields: {} };
