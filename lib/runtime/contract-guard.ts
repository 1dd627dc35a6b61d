import type { Command } from "../core/commands/command.ts";
import { argsOf, checkCommand } from "../core/commands/command.ts";
import type { Check } from "../core/contract/check.ts";
import type { Schemas } from "../core/contract/schemas.ts";
import type { Event } from "../core/model/history.ts";
import type { RecordedCommands } from "../core/model/recorded-commands.ts";
import { hasCode } from "../core/values/errors.ts";
import type { Json } from "../core/values/json.ts";
import { Random } from "../core/values/random.ts";
import { copyJson } from "./json-copy.ts";
import type { MethodRun, Origin, RunningCode } from "./method-run.ts";
import { Signal } from "./receive.ts";
import { runInScope } from "./scope.ts";

type SignalEvent = Event & { readonly kind: "signal-received" };

/**
 * What contracts let into an instance's code, and out of it.
 *
 * A replay does not judge again what history has accepted: a contract may become stricter while instances run.
 */
export class ContractGuard {
  readonly #execution: RunningCode;
  readonly #script: RecordedCommands;
  /** Those of the instance's own contract. */
  readonly #schemas: Schemas | undefined;

  constructor(execution: RunningCode, script: RecordedCommands, schemas: Schemas | undefined) {
    this.#execution = execution;
    this.#script = script;
    this.#schemas = schemas;
  }

  /** Gives the arguments that a method of the instance runs with. */
  args({ name, index }: MethodRun, args: readonly Json[]): readonly Json[] {
    const origin = this.#now(`args:${index}`);
    return this.#take(this.#schemas?.args(name), args, origin, this.#script.judges(index)) as readonly Json[];
  }

  /** Lets out what a method of the instance gives. */
  result({ name, index }: MethodRun, result: Json | undefined): void {
    const origin = this.#now(`result:${index}`);
    if (this.#script.judges(index)) this.#admit(this.#schemas?.result(name), result, origin);
  }

  /** Gives what an answer to a query is made from, and lets the answer out. */
  queryArgs(name: string, args: readonly Json[]): readonly Json[] {
    return this.parse(this.#schemas?.args(name), args, this.#now("query")) as readonly Json[];
  }

  answer(name: string, answer: Json | undefined): void {
    this.#admit(this.#schemas?.result(name), answer, this.#now("answer"));
  }

  /** Why a signal does not fit; undefined when it does. */
  refusalOf(event: SignalEvent): string | undefined {
    try {
      this.parse(this.#schemas?.signal(event.channel), event.value, originOf(event));
      return undefined;
    } catch (error) {
      if (hasCode(error, "SCHEMA_MISMATCH")) return error.message;
      throw error;
    }
  }

  /** Gives the signal that a channel gets of one that is in history. */
  signal(event: SignalEvent): Signal<unknown> {
    const { channel, value } = event;
    const check = this.#schemas?.signal(channel);
    const made = (raw: Json | undefined) => this.#take(check, raw, originOf(event), false);
    if (this.#execution.follows("signalsArriveAsMade")) return new Signal(() => made(copyJson(value)));
    const seen = made(this.#execution.follows("historyIsNotShared") ? copyJson(value) : value);
    return new Signal(() => copyJson(seen as Json | undefined), seen);
  }

  /** Lets out what a command sends; the number of one that is refused is the next one's. */
  command(method: MethodRun, command: Command, sent?: Check): void {
    try {
      if (this.#execution.follows("optionsAreChecked")) checkCommand(command);
      if (sent && !this.#script.has(command))
        this.#admit(sent, argsOf(command), this.#now(`sent:${command.id}`));
    } catch (refused) {
      method.takeBack();
      throw refused;
    }
  }

  /** Gives what a schema makes of a value. It may do what queries may: only read. */
  parse(check: Check | undefined, value: unknown, origin: Origin): unknown {
    return check ? this.#reading(origin, () => check.parseNow(value)) : value;
  }

  #admit(check: Check | undefined, value: unknown, origin: Origin): void {
    if (check) this.#reading(origin, () => check.admit(value));
  }

  #take(check: Check | undefined, value: unknown, origin: Origin, isJudged: boolean): unknown {
    try {
      return this.parse(check, value, origin);
    } catch (error) {
      if (isJudged || !hasCode(error, "SCHEMA_MISMATCH")) throw error;
      return value;
    }
  }

  #reading<T>({ of, at }: Origin, run: () => T): T {
    const execution = this.#execution;
    const repeats = execution.follows("schemasRepeat") && {
      random: new Random(`${execution.key.run}:schema:${of}`),
      now: at,
    };
    return runInScope({ execution, mode: "query", ...repeats }, run);
  }

  #now(of: string): Origin {
    return { of, at: this.#execution.now };
  }
}

function originOf({ messageId, at }: SignalEvent): Origin {
  return { of: `signal:${messageId}`, at };
}
