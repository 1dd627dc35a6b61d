import { isText, isWorkflowId } from "../protocol/fields.ts";
import { commandEnvelope, toInstance } from "../protocol/outgoing.ts";
import { type CommandId, isName, scopedId } from "../values/ids.ts";
import type { Json } from "../values/json.ts";
import type { MessageHeaders } from "../values/message-headers.ts";
import type { CommandKind } from "./command-kind.ts";

/** Sends a signal to a channel of an instance. */
export interface SignalCommand {
  readonly kind: "signal";
  readonly id: CommandId;
  readonly workflow: string;
  readonly workflowId: string;
  readonly channel: string;
  readonly value?: Json;
  /** Default: those of the method that issues it. */
  readonly headers?: MessageHeaders;
}

export const signal: CommandKind<SignalCommand> = {
  fields: { workflow: isName, workflowId: isWorkflowId, channel: isText },
  nameOf: ({ workflow, channel }) => `${workflow}.${channel}`,
  valueOf: ({ value }) => value,
  emit: (command, sender, at) => {
    const { id, workflow, workflowId, channel, value } = command;
    return toInstance({
      kind: "signal",
      ...commandEnvelope(sender, command, scopedId(sender.key, id), at),
      workflow,
      workflowId,
      channel,
      ...(value !== undefined && { value }),
    });
  },
};
