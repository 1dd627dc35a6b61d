import { isInstant } from "../protocol/fields.ts";
import type { CommandId } from "../values/ids.ts";
import type { CommandKind } from "./command-kind.ts";

/** Waits for an instant. */
export interface TimerCommand {
  readonly kind: "timer";
  readonly id: CommandId;
  readonly dueAt: number;
}

export const timer: CommandKind<TimerCommand> = { fields: { dueAt: isInstant } };
