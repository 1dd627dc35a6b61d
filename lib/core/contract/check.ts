import { InfiniticError } from "../values/errors.ts";
import type { SchemaIssue, StandardSchema, Validated } from "./standard-schema.ts";

const MOST_FLAWS = 20;
const MOST_CHARACTERS = 200;

/** One thing that is wrong with a value, and where: a JSON pointer, empty for the value itself. */
export interface SchemaFlaw {
  readonly detail: string;
  readonly pointer: string;
}

/** A value that a schema of the contract refuses. */
export class SchemaMismatchError extends InfiniticError {
  readonly flaws: readonly SchemaFlaw[];

  constructor(what: string, issues: readonly SchemaIssue[]) {
    const flaws = issues.slice(0, MOST_FLAWS).map(flawOf);
    const readable = flaws.map(({ detail, pointer }) =>
      pointer === "" ? detail : `${detail} at ${pointer}`,
    );
    super("SCHEMA_MISMATCH", `expected ${what} to fit the schema, got: ${readable.join("; ")}`);
    this.flaws = flaws;
  }
}

/** A schema, and the name of what it checks: "the arguments of Payments.charge". */
export class Check {
  readonly #schema: StandardSchema;
  readonly #what: string;

  constructor(schema: StandardSchema, what: string) {
    this.#schema = schema;
    this.#what = what;
  }

  /**
   * Gives what the schema makes of a JSON value.
   *
   * @throws InfiniticError `SCHEMA_MISMATCH`
   */
  async parse(value: unknown): Promise<unknown> {
    return this.#read(await this.#validate(value));
  }

  /**
   * The same at once, for workflow code, which must not wait for anything but its history.
   *
   * @throws InfiniticError `SCHEMA_MISMATCH`; `INVALID_DEFINITION` when the schema validates asynchronously
   */
  parseNow(value: unknown): unknown {
    const validated = this.#validate(value);
    if (!isLater(validated)) return this.#read(validated);
    ignore(validated);
    throw new InfiniticError(
      "INVALID_DEFINITION",
      `expected a schema that validates synchronously for ${this.#what}, which workflow code receives, got a promise`,
    );
  }

  /**
   * Asks, for workflow code, whether a value that it sends fits. An asynchronous schema is left to the receiver.
   *
   * @throws InfiniticError `SCHEMA_MISMATCH`
   */
  admit(value: unknown): void {
    const validated = this.#validate(value);
    if (isLater(validated)) ignore(validated);
    else this.#read(validated);
  }

  #validate(value: unknown): Validated<unknown> | Promise<Validated<unknown>> {
    return this.#schema["~standard"].validate(value);
  }

  #read(validated: Validated<unknown>): unknown {
    if (validated.issues) throw new SchemaMismatchError(this.#what, validated.issues);
    return validated.value;
  }
}

function isLater(
  validated: Validated<unknown> | Promise<Validated<unknown>>,
): validated is Promise<Validated<unknown>> {
  return "then" in validated;
}

/** Nobody waits for it: that it rejects concerns nobody either. */
function ignore(promise: Promise<unknown>): void {
  promise.catch(() => undefined);
}

function flawOf({ message, path = [] }: SchemaIssue): SchemaFlaw {
  const steps = path.map((step) => (typeof step === "object" ? step.key : step));
  const pointer = steps.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  return { detail: cut(message), pointer: cut(pointer) };
}

function cut(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}
