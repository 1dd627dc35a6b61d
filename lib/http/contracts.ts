import { type Check, SchemaMismatchError } from "../core/contract/check.ts";
import type { ServiceDefinition, WorkflowDefinition } from "../core/contract/definition.ts";
import type { Schemas } from "../core/contract/schemas.ts";
import type { EngineMessage, Operation } from "../core/protocol/messages.ts";
import { isTaskWorkflow } from "../core/values/ids.ts";
import type { Json } from "../core/values/json.ts";
import { ProblemError } from "./problem.ts";

/** The definitions that an api function is given. */
export interface Definitions {
  readonly workflows?: readonly WorkflowDefinition<unknown>[];
  readonly services?: readonly ServiceDefinition<unknown>[];
}

/** What messages bring: a value, and what is to check it. */
interface Brought {
  readonly check: Check | undefined;
  readonly value: unknown;
  /** The body's field that it came in. */
  readonly field: "args" | "signal";
}

/** The contracts that the api function knows: what their schemas refuse is turned away before anything is sent. */
export class Contracts {
  readonly #workflows: ReadonlyMap<string, Schemas>;
  readonly #services: ReadonlyMap<string, Schemas>;

  constructor({ workflows = [], services = [] }: Definitions) {
    this.#workflows = new Map(workflows.map(({ name, schemas }) => [name, schemas]));
    this.#services = new Map(services.map(({ name, schemas }) => [name, schemas]));
  }

  /**
   * Lets a message pass as it is, if what it brings fits its contract.
   *
   * @throws ProblemError `SCHEMA_MISMATCH` with every flaw
   */
  async admit(message: EngineMessage): Promise<void> {
    const brought = this.#broughtBy(message);
    try {
      await brought?.check?.parse(brought.value);
    } catch (error) {
      if (!(error instanceof SchemaMismatchError)) throw error;
      const errors = error.flaws.map(({ detail, pointer }) => ({
        detail,
        pointer: `#/${brought?.field}${encodeURI(pointer)}`,
      }));
      throw new ProblemError(error.code, error.message, { errors });
    }
  }

  #broughtBy(message: EngineMessage): Brought | undefined {
    if (message.kind === "start" && isTaskWorkflow(message.workflow)) {
      const [service, method, value] = message.args as readonly [string, string, Json];
      return { check: this.#services.get(service)?.args(method), value, field: "args" };
    }
    const schemas = this.#workflows.get(message.workflow);
    const operation: EngineMessage | Operation = message.kind === "by-tag" ? message.operation : message;
    if (operation.kind === "start" || operation.kind === "method") {
      return { check: schemas?.args(operation.method), value: operation.args, field: "args" };
    }
    if (operation.kind !== "signal") return undefined;
    return { check: schemas?.signal(operation.channel), value: operation.value, field: "signal" };
  }
}
