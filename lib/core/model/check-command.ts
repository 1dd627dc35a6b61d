import { COMMANDS, flawsIn, passes } from "../protocol/fields.ts";
import { InfiniticError } from "../values/errors.ts";
import type { Command } from "./history.ts";

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
