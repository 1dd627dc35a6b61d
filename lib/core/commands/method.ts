import { isWorkflowId } from "../protocol/fields.ts";
import { callerOf, commandEnvelope, toInstance } from "../protocol/outgoing.ts";
import { type CommandId, isName, scopedId } from "../values/ids.ts";
import type { Json } from "../values/json.ts";
import type { MessageHeaders } from "../values/message-headers.ts";
import { CALL, type CommandKind } from "./command-kind.ts";

/** Calls a method of an instance, and waits for it. */
export interface MethodCommand {
  readonly kind: "method";
  readonly id: CommandId;
  readonly workflow: string;
  readonly workflowId: string;
  readonly method: string;
  readonly args: readonly Json[];
  readonly timeoutMs?: number;
  /** Default: those of the method that issues it. */
  readonly headers?: MessageHeaders;
}

export const method: CommandKind<MethodCommand> = {
  fields: { workflow: isName, workflowId: isWorkflowId, ...CALL },
  nameOf: ({ workflow, method }) => `${workflow}.${method}`,
  valueOf: ({ args }) => args,
  emit: (command, sender, at) => {
    const { id, workflow, workflowId, method, args } = command;
    return toInstance({
      kind: "method",
      ...commandEnvelope(sender, command, scopedId(sender.key, id), at),
      workflow,
      workflowId,
      method,
      args,
      caller: callerOf(sender, id),
    });
  },
};
