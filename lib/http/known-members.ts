import type { Members, MembersRequest } from "../core/protocol/invocation.ts";
import type { EngineMessage, Operation } from "../core/protocol/messages.ts";
import { InfiniticError } from "../core/values/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { FunctionInvoker } from "../ports/function-invoker.ts";

import { askFunction } from "./ask-function.ts";

/** Gives the members of a workflow's classes; undefined where nobody can tell. */
export type AskMembers = (workflow: string) => Promise<Members | undefined>;

/** How long a function may take to tell its members: then the message is sent, and told of where it arrives. */
const ASK_TIMEOUT_MS = 3_000;
/** Names that the caller is told. */
const MOST_NAMES = 20;

/**
 * Knows which methods and channels workflows have, so that a name that nobody has is turned away before anything is
 * sent.
 *
 * A contract is a TypeScript interface, which is not there at run time, and a class belongs to its own function; so the
 * workflow's function is asked, once for each process of the API, and again for a name that it did not have then.
 */
export class KnownMembers {
  readonly #ask: AskMembers;
  readonly #known = new Map<string, Members>();

  constructor(ask: AskMembers) {
    this.#ask = ask;
  }

  /**
   * Lets a message pass whose method or channel the workflow has.
   *
   * @throws InfiniticError `UNKNOWN_METHOD`, `UNKNOWN_CHANNEL`
   */
  async check(message: EngineMessage): Promise<void> {
    const { workflow } = message;
    const wanted = wantedBy(message.kind === "by-tag" ? message.operation : message);
    if (!wanted) return;
    const { kind, name } = wanted;
    if (this.#known.get(workflow)?.[kind].includes(name)) return;
    const members = await this.#ask(workflow);
    if (!members) return;
    this.#known.set(workflow, members);
    if (members[kind].includes(name)) return;
    const isMethod = kind === "methods";
    const names = members[kind].slice(0, MOST_NAMES).join(", ") || "none";
    throw new InfiniticError(
      isMethod ? "UNKNOWN_METHOD" : "UNKNOWN_CHANNEL",
      `expected a ${isMethod ? "method" : "channel"} of workflow ${workflow} (${names}), got ${JSON.stringify(name)}`,
    );
  }
}

/** Asks the function of a workflow. */
export function askFunctions(
  parts: { readonly invoker: FunctionInvoker; readonly clock: Clock },
  workflows: { readonly [name: string]: { readonly functionName: string } },
): AskMembers {
  const request: MembersRequest = { kind: "members" };
  return async (workflow) => {
    const { functionName } = workflows[workflow] ?? {};
    if (functionName === undefined) return undefined;
    const outcome = await askFunction(parts, functionName, request, ASK_TIMEOUT_MS);
    return outcome.kind === "answered" ? asMembers(JSON.parse(outcome.payload)) : undefined;
  };
}

/** A function of before answers otherwise, or not at all. */
function asMembers(answer: unknown): Members | undefined {
  const { methods, channels, queries } = (answer ?? {}) as { readonly [field: string]: unknown };
  return [methods, channels, queries].every(Array.isArray) ? (answer as Members) : undefined;
}

function wantedBy(
  operation: EngineMessage | Operation,
): { readonly kind: "methods" | "channels"; readonly name: string } | undefined {
  if (operation.kind === "signal") return { kind: "channels", name: operation.channel };
  if (operation.kind === "method" || operation.kind === "start") {
    return { kind: "methods", name: operation.method };
  }
  return undefined;
}
