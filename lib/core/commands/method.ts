import { isWorkflowId } from "../protocol/fields.ts";
import { callerOf, envelope, toInstance } from "../protocol/outgoing.ts";
import { type CommandId, isName, scopedId } from "../values/ids.ts";
import type { Json } from "../values/json.ts";
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
}

export const method: CommandKind<MethodCommand> = {
  fields: { workflow: isName, workflowId: isWorkflowId, ...CALL },
  nameOf: ({ workflow, method }) => `${workflow}.${method}`,
  valueOf: ({ args }) => args,
  emit: ({ id, workflow, workflowId, method, args }, sender, at) =>
    toInstance({
      kind: "method",
      ...envelope(sender, scopedId(sender.key, id), at),
      workflow,
      workflowId,
      method,
      args,
      caller: callerOf(sender, id),
    }),
};
