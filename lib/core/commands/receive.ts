import { isCount, optional } from "../protocol/fields.ts";
import type { CommandId } from "../values/ids.ts";
import type { CommandKind } from "./command-kind.ts";

/** Opens a receive on a channel. */
export interface ReceiveCommand {
  readonly kind: "receive";
  readonly id: CommandId;
  readonly channel: string;
  readonly limit?: number;
}

export const receive: CommandKind<ReceiveCommand> = {
  fields: { limit: optional((limit) => isCount(limit) && limit !== 0) },
  nameOf: ({ channel }) => channel,
};
