import { randomUUID } from "node:crypto";
import { keyedId, TASK_WORKFLOW } from "../core/values/ids.ts";
import type { Broker } from "../ports/broker.ts";
import type { Clock } from "../ports/clock.ts";
import type { FunctionInvoker } from "../ports/function-invoker.ts";
import type { IdempotencyKeys } from "../ports/idempotency-keys.ts";
import type { InstanceList } from "../ports/instance-list.ts";
import type { PastRuns } from "../ports/past-runs.ts";
import type { PayloadStore } from "../ports/payload-store.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { TagIndex } from "../ports/tag-index.ts";
import { AcceptedStarts } from "./accepted-starts.ts";
import { Contracts } from "./contracts.ts";
import { type AskMembers, askFunctions, KnownMembers } from "./known-members.ts";

/** A workflow that can be called. */
export interface ApiWorkflow {
  /** The deployed name of its function, which answers its queries. */
  readonly functionName: string;
  /** The method that a start runs when it names none. Default: `run`. */
  readonly method?: string;
}

/** The services whose tasks can be dispatched. */
export interface ApiServices {
  /** The names of those that have a function. */
  readonly services: readonly string[];
  /** Whether some function runs tasks outside a workflow. */
  readonly runsTasks: boolean;
  /** The workflow that a task outside a workflow is an instance of: where several stacks share topics, one for each. */
  readonly taskWorkflow?: string;
}

/** What the api function is made of. `services`: default: none. */
export interface ApiSetup extends Partial<ApiServices> {
  readonly broker: Pick<Broker, "publish">;
  readonly stateStore: StateStore;
  readonly payloadStore: PayloadStore;
  readonly tagIndex: TagIndex;
  readonly pastRuns: Pick<PastRuns, "find">;
  readonly idempotencyKeys: IdempotencyKeys;
  /** Without it instances cannot be listed. */
  readonly instanceList?: InstanceList | undefined;
  readonly invoker: FunctionInvoker;
  readonly clock: Clock;
  readonly workflows: { readonly [name: string]: ApiWorkflow };
  /** What calls have to fit. Default: nothing. */
  readonly contracts?: Contracts;
  /** Tells which members a workflow's classes have. Default: its function is asked. */
  readonly askMembers?: AskMembers;
  /** Makes ids for callers who chose none. Default: random ones. */
  readonly newId?: () => string;
  /** Makes a message's id of a caller's key and the address that it counts within; a fixed function. */
  readonly keyedId?: (key: string, address: string) => string;
  /** Takes one JSON line for each error that is no fault of the caller. */
  readonly log?: (line: string) => void;
  /** How long a broker may take to confirm a message, before the caller is told that it is unavailable. */
  readonly publishTimeoutMs?: number;
  /** How long a workflow function may take to answer a query. */
  readonly queryTimeoutMs?: number;
}

/** The same with every default filled in, and what the process learns as it goes. */
export type ApiParts = Required<ApiSetup> & {
  readonly members: KnownMembers;
  readonly accepted: AcceptedStarts;
};

export function fillIn(setup: ApiSetup): ApiParts {
  const askMembers = setup.askMembers ?? askFunctions(setup, setup.workflows);
  return {
    instanceList: undefined,
    services: [],
    runsTasks: false,
    taskWorkflow: TASK_WORKFLOW,
    contracts: new Contracts({}),
    members: new KnownMembers(askMembers),
    newId: randomUUID,
    keyedId,
    accepted: new AcceptedStarts(),
    log: (line) => console.error(line),
    publishTimeoutMs: 5_000,
    queryTimeoutMs: 20_000,
    ...setup,
    askMembers,
  };
}

/** The method that a start of a workflow runs when it names none. */
export function usualMethod({ workflows }: ApiParts, workflow: string): string {
  return workflows[workflow]?.method ?? "run";
}
