import { BY_TAG, type Check } from "../protocol/fields.ts";
import type { Operation } from "../protocol/messages.ts";
import { commandEnvelope } from "../protocol/outgoing.ts";
import { workflowTagsTopic } from "../protocol/topics.ts";
import { type CommandId, isName, scopedId } from "../values/ids.ts";
import type { MessageHeaders } from "../values/message-headers.ts";
import { isTag } from "../values/tags.ts";
import type { CommandKind } from "./command-kind.ts";

/** Sends a signal to, or calls a method of, every instance that has the tag. */
export interface ByTagCommand {
  readonly kind: "by-tag";
  readonly id: CommandId;
  readonly workflow: string;
  readonly tag: string;
  readonly operation: Operation & { readonly kind: "signal" | "method" };
  /** Default: those of the method that issues it. */
  readonly headers?: MessageHeaders;
}

export const byTag: CommandKind<ByTagCommand> = {
  fields: { workflow: isName, tag: isTag, operation: BY_TAG["operation"] as Check },
  nameOf: ({ workflow, operation }) =>
    `${workflow}.${operation.kind === "signal" ? operation.channel : operation.method}`,
  valueOf: ({ operation }) => (operation.kind === "signal" ? operation.value : operation.args),
  emit: (command, sender, at) => {
    const { id, workflow, tag, operation } = command;
    const head = commandEnvelope(sender, command, scopedId(sender.key, id), at);
    const message = { kind: "by-tag", ...head, workflow, tag, operation } as const;
    return { topic: workflowTagsTopic(workflow), key: tag, message };
  },
};
