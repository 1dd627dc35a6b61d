import { Console } from "node:console";
import type { RecordedCommands } from "../core/model/recorded-commands.ts";
import type { RunKey } from "../core/values/ids.ts";
import { outOfScope, type Scope } from "./scope.ts";

/** What the real console writes a text with. */
type Level = "log" | "info" | "warn" | "error" | "debug";

interface Written {
  readonly level: Level;
  readonly text: string;
}

/** The methods that do not write as `log` does. */
const LEVELS: { readonly [method: string]: Level } = {
  info: "info",
  warn: "warn",
  error: "error",
  debug: "debug",
  assert: "warn",
  trace: "error",
};
/** So much waits for a commit; what a loop writes beyond it is written at once. */
const MAX_WAITING = 1_000;

/**
 * What an instance's code writes to the console: once, with its workflow, id and run.
 *
 * It waits until what the code did is committed: a step that is thrown away is done again. What a replay writes again
 * is left out, but seen by a console of the instance's own: its groups, counters and timers go on.
 */
export class Output {
  readonly #key: RunKey;
  readonly #script: RecordedCommands;
  #waiting: Written[] = [];
  #texts: string[] = [];
  #own: Console | undefined;

  constructor(key: RunKey, script: RecordedCommands) {
    this.#key = key;
    this.#script = script;
  }

  /** How much waits. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Whether what code does is only done again. */
  isRepeated({ method }: Scope): boolean {
    return !this.#script.isNewFor(method?.index);
  }

  /** Calls a method of the console. */
  write(method: keyof Console, args: readonly unknown[], scope: Scope): unknown {
    this.#own ??= this.#newConsole();
    const result = Reflect.apply(this.#own[method] as (...args: unknown[]) => unknown, this.#own, args);
    const texts = this.#texts.splice(0);
    if (texts.length === 0 || this.isRepeated(scope)) return result;
    this.#waiting.push({ level: LEVELS[method] ?? "log", text: texts.join("").replace(/\n$/, "") });
    // A query is no part of a step.
    if (scope.mode === "query" || this.size > MAX_WAITING) this.flush();
    return result;
  }

  /** Takes over the first that wait of what other code wrote, in place of what waits here. */
  adopt(replaced: Output, count: number): void {
    this.#waiting = replaced.#waiting.slice(0, count);
  }

  /** Puts what other code wrote before what waits here. */
  follow(replaced: Output): void {
    this.#waiting.unshift(...replaced.#waiting);
  }

  /** What the code did is committed. */
  flush(): void {
    for (const written of this.#waiting.splice(0)) this.#print(written);
  }

  #newConsole(): Console {
    const stream = { write: (text: string) => void this.#texts.push(text) };
    const streams = { stdout: stream as never, stderr: stream as never }; // a console only writes to them
    return new Console({ ...streams, ignoreErrors: false, colorMode: false });
  }

  #print({ level, text }: Written): void {
    const line = named(text, this.#key);
    outOfScope(() => console[level](line));
  }
}

/** Says whose text it is; in a line of JSON, as fields. */
function named(text: string, { workflow, workflowId, run }: RunKey): string {
  const fields = fieldsOf(text);
  if (fields) return JSON.stringify({ ...fields, workflow, workflowId, run });
  return `[${workflow} ${workflowId} ${run}] ${text}`;
}

function fieldsOf(text: string): object | undefined {
  if (!text.startsWith('{"') || !text.endsWith("}")) return undefined;
  try {
    return JSON.parse(text) as object; // it begins as one
  } catch {
    return undefined;
  }
}
