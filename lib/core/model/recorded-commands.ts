import { argsOf, type Command, isCommand, nameOf } from "../commands/command.ts";
import { InfiniticError } from "../values/errors.ts";
import type { Hold } from "../values/hold.ts";
import type { CommandId } from "../values/ids.ts";
import { escaped, referenceIn } from "../values/payload.ts";
import { codeOf } from "../values/remote-errors.ts";
import { utf8Bytes } from "../values/utf8.ts";
import type { HistoryRecord } from "./history.ts";

/** How strictly a replay compares commands with history: nothing but their kind, also names, also arguments. */
export type CheckMode = "none" | "simple" | "strict";

/**
 * What history expects of the code while it is replayed.
 *
 * Every command must be the recorded one, issued in answer to the recorded event (I8). Once {@link goLive} is
 * called, commands are new.
 */
export class RecordedCommands {
  readonly #mode: CheckMode;
  /** Whether a strict comparison is one of whole commands, not only of what they send. */
  readonly #comparesAll: boolean;
  readonly #commands = new Map<CommandId, { readonly command: Command; readonly position: number }>();
  readonly #held = new Map<string, number>();
  /** Methods that failed for good, and where in history they first did: from there on their code may be repaired. */
  readonly #failedFrom = new Map<number, number>();
  /** Where they last did. */
  readonly #lastFailure = new Map<number, number>();
  /** Those of them whose arguments, or whose result, a schema refused. */
  readonly #refused = new Set<number>();
  /** Those of them that were not retried since. */
  readonly #failed = new Set<number>();
  readonly #retrying: number | undefined;
  /** Whether a method has begun. */
  readonly #hasBegun: boolean;
  /** Records before this position have been told; undefined once live. */
  #segmentEnd: number | undefined = 0;

  /**
   * @param retrying the method that is being retried: what it does beyond its failure is new
   * @param comparesAll whether a strict comparison is one of whole commands. Default: of what they send
   */
  constructor(
    history: readonly HistoryRecord[],
    mode: CheckMode = "simple",
    retrying?: number,
    comparesAll = false,
  ) {
    this.#mode = mode;
    this.#comparesAll = comparesAll;
    this.#retrying = retrying;
    this.#hasBegun = history.some(({ kind }) => kind === "method-started");
    for (const [position, record] of history.entries()) {
      if (isCommand(record)) this.#commands.set(record.id, { command: record, position });
      else if (record.kind === "method-retried") this.#failed.delete(record.method);
      else if (record.kind === "method-failed") this.#readFailure(record, position);
    }
    if (retrying !== undefined) this.#failed.delete(retrying);
  }

  /** Methods whose failure stands: whatever repaired code of theirs did beyond it has not happened. */
  get failed(): ReadonlySet<number> {
    return this.#failed;
  }

  /** Methods whose failure stands, and is recorded between these positions. */
  failedAt(start: number, end: number): readonly number[] {
    return [...this.#failed].filter((method) => {
      const at = this.#lastFailure.get(method) ?? -1;
      return start < at && at < end;
    });
  }

  /** Whether a method has come to where it failed, so that repaired code may do otherwise than history says. */
  isPastFailure(method: number): boolean {
    const from = this.#failedFrom.get(method);
    return from !== undefined && this.#segmentEnd !== undefined && this.#segmentEnd > from;
  }

  /** Whether history is used up. */
  get isLive(): boolean {
    return this.#segmentEnd === undefined;
  }

  /** Whether what a method, or a field's initialiser, does now is no repetition of what it did before. */
  isNewFor(method: number | undefined): boolean {
    if (method === undefined) return this.isLive || !this.#hasBegun;
    return this.isLive || (method === this.#retrying && this.isPastFailure(method));
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

  /**
   * Whether schemas judge what a method takes and gives. What history has accepted they do not judge again: a contract
   * may become stricter while instances run.
   */
  judges(method: number): boolean {
    return this.#segmentEnd === undefined || this.#refused.has(method) || this.isPastFailure(method);
  }

  /** Whether history has this very command, arguments and all. */
  has(issued: Command): boolean {
    const entry = this.#commands.get(issued.id);
    return entry !== undefined && isSame(entry.command, issued, "strict");
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
    const method = Number.parseInt(issued.id, 10);
    const isPastFailure = this.isPastFailure(method);
    if (!entry && isPastFailure && method === this.#retrying) return undefined;
    if (!entry && isPastFailure && this.#failed.has(method)) return issued;
    if (!entry || (entry.position >= this.#segmentEnd && !isPastFailure)) {
      throw changed(
        `expected no ${describe(issued)} at this point of history, got it as command ${issued.id}`,
      );
    }
    if (!isSame(entry.command, issued, this.#mode)) {
      throw changed(`expected ${describe(entry.command)} as command ${issued.id}, got ${describe(issued)}`);
    }
    const other =
      this.#comparesAll && this.#mode === "strict" ? otherField(entry.command, issued) : undefined;
    if (other !== undefined) {
      const got = `another ${other}`;
      throw changed(
        `expected ${describe(entry.command)} as command ${issued.id} as it was, got it with ${got}`,
      );
    }
    return entry.command;
  }

  #readFailure(ending: HistoryRecord & { kind: "method-failed" }, position: number): void {
    const { method, held, heldToo = [], failure } = ending;
    if (held) {
      for (const hold of [held, ...heldToo]) this.hold(method, hold);
      return;
    }
    if (codeOf(failure) === "SCHEMA_MISMATCH") this.#refused.add(method);
    this.#lastFailure.set(method, position);
    if (!this.#failedFrom.has(method)) this.#failedFrom.set(method, position);
    this.#failed.add(method);
  }
}

/** The error of code that does not match its history. */
export function changed(message: string): InfiniticError {
  return new InfiniticError("WORKFLOW_CHANGED", message);
}

function isSame(recorded: Command, issued: Command, mode: CheckMode): boolean {
  if (recorded.kind !== issued.kind) return false;
  if (mode !== "none" && nameOf(recorded) !== nameOf(issued)) return false;
  return mode !== "strict" || sendsSame(recorded, issued);
}

/** Compares what commands send; a value that history only refers to is known by its size. */
function sendsSame(recorded: Command, issued: Command): boolean {
  const reference = referenceIn(recorded);
  if (reference) return utf8Bytes(JSON.stringify(argsOf(issued) ?? null)) === reference.bytes;
  return JSON.stringify(argsOf(recorded)) === JSON.stringify(argsOf(escaped(issued)));
}

/** What commands send is compared apart; by-tag ones have it in their operation, whose name is compared. */
const SENT: ReadonlySet<string> = new Set(["args", "value", "operation"]);

/** The first field beside what is sent that is not as it was. */
function otherField(recorded: Command, issued: Command): string | undefined {
  const before = new Map(Object.entries(recorded));
  const now = new Map(Object.entries(issued));
  return [...new Set([...before.keys(), ...now.keys()])].find(
    (field) => !SENT.has(field) && JSON.stringify(before.get(field)) !== JSON.stringify(now.get(field)),
  );
}

function describe(command: Command): string {
  return `${command.kind} ${nameOf(command)}`.trim();
}
