import { isText, isWorkflowId, optional } from "../protocol/fields.ts";
import { callerOf, commandEnvelope, toInstance } from "../protocol/outgoing.ts";
import { type CommandId, childId, isName } from "../values/ids.ts";
import type { Json, JsonObject } from "../values/json.ts";
import type { MessageHeaders } from "../values/message-headers.ts";
import { CALL, type CommandKind, LABELED } from "./command-kind.ts";

/** Starts an instance of a workflow, and waits for its first method. */
export interface ChildCommand {
  readonly kind: "child";
  readonly id: CommandId;
  readonly workflow: string;
  readonly workflowId: string;
  readonly customId?: string;
  readonly method: string;
  readonly args: readonly Json[];
  readonly timeoutMs?: number;
  readonly tags?: readonly string[];
  readonly meta?: JsonObject;
  /** Default: those of the method that issues it. */
  readonly headers?: MessageHeaders;
}

export const child: CommandKind<ChildCommand> = {
  fields: { workflow: isName, workflowId: isWorkflowId, customId: optional(isText), ...CALL, ...LABELED },
  nameOf: ({ workflow, method }) => `${workflow}.${method}`,
  valueOf: ({ args }) => args,
  emit: (command, sender, at) => {
    const { id, workflow, workflowId, customId, method, args, tags, meta } = command;
    return toInstance({
      kind: "start",
      ...commandEnvelope(sender, command, childId(sender.key, id), at),
      workflow,
      workflowId,
      method,
      args,
      ...(customId !== undefined && { customId }),
      ...(tags && { tags }),
      ...(meta && { meta }),
      caller: callerOf(sender, id),
    });
  },
};
