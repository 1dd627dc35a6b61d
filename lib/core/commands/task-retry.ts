import { isCount, isText } from "../protocol/fields.ts";
import type { CommandId } from "../values/ids.ts";
import type { CommandKind } from "./command-kind.ts";

/** Runs a task again that failed or timed out. Its message is that of the task's new attempt. */
export interface TaskRetryCommand {
  readonly kind: "task-retry";
  readonly id: CommandId;
  readonly task: CommandId;
  readonly sequence: number;
}

export const taskRetry: CommandKind<TaskRetryCommand> = {
  fields: { task: isText, sequence: isCount },
  nameOf: ({ task }) => task,
};
