import { BY_TAG, type Check } from "../protocol/fields.ts";
import type { Operation } from "../protocol/messages.ts";
import { envelope } from "../protocol/outgoing.ts";
import { workflowTagsTopic } from "../protocol/topics.ts";
import { type CommandId, isName, scopedId } from "../values/ids.ts";
import { isTag } from "../values/tags.ts";
import type { CommandKind } from "./command-kind.ts";

/** Sends a signal to, or calls a method of, every instance that has the tag. */
export interface ByTagCommand {
  readonly kind: "by-tag";
  readonly id: CommandId;
  readonly workflow: string;
  readonly tag: string;
  readonly operation: Operation & { readonly kind: "signal" | "method" };
}

export const byTag: CommandKind<ByTagCommand> = {
  fields: { workflow: isName, tag: isTag, operation: BY_TAG["operation"] as Check },
  nameOf: ({ workflow, operation }) =>
    `${workflow}.${operation.kind === "signal" ? operation.channel : operation.method}`,
  valueOf: ({ operation }) => (operation.kind === "signal" ? operation.value : operation.args),
  emit: ({ id, workflow, tag, operation }, sender, at) => ({
    topic: workflowTagsTopic(workflow),
    key: tag,
    message: { kind: "by-tag", ...envelope(sender, scopedId(sender.key, id), at), workflow, tag, operation },
  }),
};
