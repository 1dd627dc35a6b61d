import { InfiniticError } from "./errors.ts";
import type { Command, HistoryRecord, Hold } from "./history.ts";
import { isCommand } from "./history.ts";
import type { CommandId } from "./ids.ts";

/** How strictly a replay compares commands with history: nothing but their kind, also names, also arguments. */
export type CheckMode = "none" | "simple" | "strict";

/**
 * What history expects of the code while it is replayed.
 *
 * Every command must be the recorded one, issued in answer to the recorded event (I8). Once {@link goLive} is
 * called, commands are new.
 */
export class Script {
  readonly #mode: CheckMode;
  readonly #commands = new Map<CommandId, { readonly command: Command; readonly position: number }>();
  readonly #held = new Map<string, number>();
  /** Records before this position have been told; undefined once live. */
  #segmentEnd: number | undefined = 0;

  constructor(history: readonly HistoryRecord[], mode: CheckMode = "simple") {
    this.#mode = mode;
    for (const [position, record] of history.entries()) {
      if (isCommand(record)) this.#commands.set(record.id, { command: record, position });
      else if (record.kind === "method-failed" && record.held) {
        this.hold(record.method, record.held);
      }
    }
  }

  /** Says that an outcome of a command went through a method uncaught: replays leave that await pending. */
  hold(method: number, { command, outcome, from }: Hold): void {
    this.#held.set(`${method}/${command}/${outcome}`, from);
  }

  /** Whether a method's nth await of a command is to be left pending when this outcome comes. */
  isHeld(method: number, command: CommandId, outcome: number, nth: number): boolean {
    const from = this.#held.get(`${method}/${command}/${outcome}`);
    return from !== undefined && nth >= from;
  }

  /** The replay has come to the event whose commands end before this position of history. */
  enterSegment(end: number): void {
    this.#segmentEnd = end;
  }

  /** History is used up. */
  goLive(): void {
    this.#segmentEnd = undefined;
    this.#commands.clear();
  }

  /**
   * Gives the recorded command for one that the code issues; undefined when it is new.
   *
   * @throws InfiniticError `WORKFLOW_CHANGED`
   */
  recorded(issued: Command): Command | undefined {
    if (this.#segmentEnd === undefined) return undefined;
    const entry = this.#commands.get(issued.id);
    if (!entry || entry.position >= this.#segmentEnd) {
      throw changed(
        `expected no ${describe(issued)} at this point of history, got it as command ${issued.id}`,
      );
    }
    if (!isSame(entry.command, issued, this.#mode)) {
      throw changed(`expected ${describe(entry.command)} as command ${issued.id}, got ${describe(issued)}`);
    }
    return entry.command;
  }
}

/** The error of code that does not match its history. */
export function changed(message: string): InfiniticError {
  return new InfiniticError("WORKFLOW_CHANGED", message);
}

function isSame(recorded: Command, issued: Command, mode: CheckMode): boolean {
  if (recorded.kind !== issued.kind) return false;
  if (mode !== "none" && nameOf(recorded) !== nameOf(issued)) return false;
  return mode !== "strict" || JSON.stringify(argsOf(recorded)) === JSON.stringify(argsOf(issued));
}

function nameOf(command: Command): string {
  switch (command.kind) {
    case "task":
      return `${command.service}.${command.method}`;
    case "child":
    case "method":
      return `${command.workflow}.${command.method}`;
    case "signal":
      return `${command.workflow}.${command.channel}`;
    case "receive":
      return command.channel;
    case "timer":
    case "inline":
      return "";
  }
}

function argsOf(command: Command): unknown {
  if ("args" in command) return command.args;
  return command.kind === "signal" ? command.value : undefined;
}

function describe(command: Command): string {
  return `${command.kind} ${nameOf(command)}`.trim();
}
