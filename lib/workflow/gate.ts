import type { Check } from "../core/check.ts";
import { hasCode } from "../core/errors.ts";
import type { Command } from "../core/history.ts";
import type { Json } from "../core/json.ts";
import type { Schemas } from "../core/schemas.ts";
import { argsOf, type Script } from "../core/script.ts";
import type { Execution } from "./execution.ts";
import type { MethodRun } from "./method-run.ts";
import { runInScope } from "./scope.ts";

/**
 * What contracts let into an instance's code, and out of it.
 *
 * A replay does not judge again what history has accepted: a contract may become stricter while instances run.
 */
export class Gate {
  readonly #execution: Execution;
  readonly #script: Script;
  /** Those of the instance's own contract. */
  readonly #schemas: Schemas | undefined;

  constructor(execution: Execution, script: Script, schemas: Schemas | undefined) {
    this.#execution = execution;
    this.#script = script;
    this.#schemas = schemas;
  }

  /** Gives the arguments that a method of the instance runs with. */
  args({ name, index }: MethodRun, args: readonly Json[]): readonly Json[] {
    return this.#take(this.#schemas?.args(name), args, this.#script.judges(index)) as readonly Json[];
  }

  /** Lets out what a method of the instance gives. */
  result({ name, index }: MethodRun, result: Json | undefined): void {
    if (this.#script.judges(index)) this.#admit(this.#schemas?.result(name), result);
  }

  /** Gives what an answer to a query is made from, and lets the answer out. */
  queryArgs(name: string, args: readonly Json[]): readonly Json[] {
    return this.parse(this.#schemas?.args(name), args) as readonly Json[];
  }

  answer(name: string, answer: Json | undefined): void {
    this.#admit(this.#schemas?.result(name), answer);
  }

  /** Whether a signal fits, and may go into history. */
  takes(channel: string, signal: Json | undefined): boolean {
    try {
      this.parse(this.#schemas?.signal(channel), signal);
      return true;
    } catch (error) {
      if (hasCode(error, "SCHEMA_MISMATCH")) return false;
      throw error;
    }
  }

  /** Gives what a channel gets of a signal that is in history. */
  signal(channel: string, signal: Json | undefined): Json | undefined {
    return this.#take(this.#schemas?.signal(channel), signal, false) as Json | undefined;
  }

  /** Lets out what a command sends; the number of one that is refused is the next one's. */
  command(method: MethodRun, command: Command, sent: Check): void {
    if (this.#script.has(command)) return;
    try {
      this.#admit(sent, argsOf(command));
    } catch (refused) {
      method.takeBack();
      throw refused;
    }
  }

  /** Gives what a schema makes of a value. It may do what queries may: only read. */
  parse(check: Check | undefined, value: unknown): unknown {
    return check ? this.#reading(() => check.parseNow(value)) : value;
  }

  #admit(check: Check | undefined, value: unknown): void {
    if (check) this.#reading(() => check.admit(value));
  }

  #take(check: Check | undefined, value: unknown, isJudged: boolean): unknown {
    try {
      return this.parse(check, value);
    } catch (error) {
      if (isJudged || !hasCode(error, "SCHEMA_MISMATCH")) throw error;
      return value;
    }
  }

  #reading<T>(run: () => T): T {
    return runInScope({ execution: this.#execution, mode: "query" }, run);
  }
}
