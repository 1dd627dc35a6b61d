import { InfiniticError } from "../values/errors.ts";
import { Check } from "./check.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** The schemas of a method or query: of its arguments, as one tuple, and of its result. */
export interface CallSchemas<Args = unknown, Result = unknown> {
  readonly args?: StandardSchema<Args>;
  readonly result?: StandardSchema<Result>;
}

/**
 * The schemas of a definition, found by the names that come over the wire.
 *
 * They see JSON: values as they are on the wire. Who sends a value only asks whether it fits, and sends it as it is;
 * who receives it takes what the schema makes of it, with its defaults and conversions.
 */
export class Schemas {
  readonly #owner: string;
  readonly #calls = new Map<string, CallSchemas>();
  readonly #signals = new Map<string, StandardSchema>();

  /** @throws InfiniticError `INVALID_DEFINITION` when a member has neither a schema nor `{ args, result }` of them */
  constructor(owner: string, members: { readonly [member: string]: unknown }) {
    this.#owner = owner;
    for (const [name, member] of Object.entries(members)) {
      if (isSchema(member)) this.#signals.set(name, member);
      else if (areCallSchemas(member)) this.#calls.set(name, member);
      else {
        throw new InfiniticError(
          "INVALID_DEFINITION",
          `expected ${owner}.${name} to have a Standard Schema, or { args, result } of them, got something else`,
        );
      }
    }
  }

  /** What checks the arguments of a method or query; undefined when nothing does. */
  args(method: string): Check | undefined {
    return checkOf(this.#calls.get(method)?.args, `the arguments of ${this.#owner}.${method}`);
  }

  /** What checks the result of a method or query. */
  result(method: string): Check | undefined {
    return checkOf(this.#calls.get(method)?.result, `the result of ${this.#owner}.${method}`);
  }

  /** What checks the signals of a channel. */
  signal(channel: string): Check | undefined {
    return checkOf(this.#signals.get(channel), `a signal on channel ${this.#owner}.${channel}`);
  }
}

function checkOf(schema: StandardSchema | undefined, what: string): Check | undefined {
  return schema && new Check(schema, what);
}

/** Some libraries' schemas are functions. */
function isSchema(value: unknown): value is StandardSchema {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") && "~standard" in value
  );
}

function areCallSchemas(value: unknown): value is CallSchemas {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).every(
    ([key, schema]) => (key === "args" || key === "result") && isSchema(schema),
  );
}
