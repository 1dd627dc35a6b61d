import type { CommandId } from "../values/ids.ts";
import { isName } from "../values/ids.ts";
import type { Json, JsonObject } from "../values/json.ts";
import type { MessageHeaders } from "../values/message-headers.ts";
import { CALL, type CommandKind, LABELED } from "./command-kind.ts";

/** Calls a method of a service. Its messages are those of its attempts. */
export interface TaskCommand {
  readonly kind: "task";
  readonly id: CommandId;
  readonly service: string;
  readonly method: string;
  readonly args: readonly Json[];
  readonly timeoutMs?: number;
  readonly tags?: readonly string[];
  readonly meta?: JsonObject;
  /** Default: those of the method that issues it. */
  readonly headers?: MessageHeaders;
}

export const task: CommandKind<TaskCommand> = {
  fields: { service: isName, ...CALL, ...LABELED },
  nameOf: ({ service, method }) => `${service}.${method}`,
  valueOf: ({ args }) => args,
};
