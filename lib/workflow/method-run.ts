import type { CommandId } from "../core/ids.ts";
import { Random } from "../core/random.ts";
import type { Execution } from "./execution.ts";

/** One method of an instance, as it runs. */
export class MethodRun {
  readonly execution: Execution;
  readonly index: number;
  readonly name: string;
  readonly random: Random;
  /** Commands issued so far: the next one's number. */
  issued = 0;
  /** Awaits that a durable outcome will end. */
  waits = 0;
  ended = false;
  /** Failures delivered to this method: by which command's which outcome, and how many commands it had issued. */
  readonly deliveries = new Map<unknown, { command: CommandId; outcome: number; issued: number }>();

  constructor(execution: Execution, index: number, name: string) {
    this.execution = execution;
    this.index = index;
    this.name = name;
    this.random = new Random(`${execution.key.run}:${index}`);
  }

  nextCommandId(): CommandId {
    return `${this.index}.${this.issued++}`;
  }
}
