import {
  BY_TAG,
  type Check,
  type Fields,
  flawsIn,
  isCount,
  isInstant,
  isObject,
  isTags,
  isText,
  isTimeout,
  isWorkflowId,
  optional,
  passes,
} from "../protocol/fields.ts";
import { InfiniticError } from "../values/errors.ts";
import { isName } from "../values/ids.ts";
import { isTag } from "../values/tags.ts";
import type { Command } from "./history.ts";

const TIMED: Fields = { timeoutMs: optional(isTimeout) };
const LABELED: Fields = { tags: optional(isTags), meta: optional(isObject) };
const CALL: Fields = { method: isText, args: Array.isArray, ...TIMED };
const INSTANCE_OF: Fields = { workflow: isName, workflowId: isWorkflowId };

/** What workflow code asks for: where it sends a message, the same as in that. */
const COMMANDS: { readonly [kind in Command["kind"]]: Fields } = {
  task: { service: isName, ...CALL, ...LABELED },
  timer: { dueAt: isInstant },
  child: { ...INSTANCE_OF, customId: optional(isText), ...CALL, ...LABELED },
  method: { ...INSTANCE_OF, ...CALL },
  signal: { ...INSTANCE_OF, channel: isText },
  "by-tag": { workflow: isName, tag: isTag, operation: BY_TAG["operation"] as Check },
  "task-retry": { task: isText, sequence: isCount },
  receive: { limit: optional((limit) => isCount(limit) && limit !== 0) },
  inline: {},
};

/**
 * Refuses a command of workflow code whose message nobody could read.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkCommand(command: Command): void {
  const fields = COMMANDS[command.kind];
  if (passes(command, fields)) return;
  const wrong = flawsIn(command, fields).join(", ");
  throw new InfiniticError("INVALID_OPTION", `expected a valid ${command.kind}, got a wrong ${wrong}`);
}
