import { isText, isWorkflowId } from "../protocol/fields.ts";
import { envelope, toInstance } from "../protocol/outgoing.ts";
import { type CommandId, isName, scopedId } from "../values/ids.ts";
import type { Json } from "../values/json.ts";
import type { CommandKind } from "./command-kind.ts";

/** Sends a signal to a channel of an instance. */
export interface SignalCommand {
  readonly kind: "signal";
  readonly id: CommandId;
  readonly workflow: string;
  readonly workflowId: string;
  readonly channel: string;
  readonly value?: Json;
}

export const signal: CommandKind<SignalCommand> = {
  fields: { workflow: isName, workflowId: isWorkflowId, channel: isText },
  nameOf: ({ workflow, channel }) => `${workflow}.${channel}`,
  valueOf: ({ value }) => value,
  emit: ({ id, workflow, workflowId, channel, value }, sender, at) =>
    toInstance({
      kind: "signal",
      ...envelope(sender, scopedId(sender.key, id), at),
      workflow,
      workflowId,
      channel,
      ...(value !== undefined && { value }),
    }),
};
