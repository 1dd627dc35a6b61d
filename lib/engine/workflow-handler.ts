import type { WorkflowDefinition } from "../core/contract/definition.ts";
import type { Schemas } from "../core/contract/schemas.ts";
import type {
  InvocationReply,
  InvocationRequest,
  Members,
  MembersRequest,
  QueryReply,
  QueryRequest,
} from "../core/protocol/invocation.ts";
import { InfiniticError } from "../core/values/errors.ts";
import { TASK_WORKFLOW } from "../core/values/ids.ts";
import { Payloads } from "../instance/payloads.ts";
import type { Salt } from "../instance/tip.ts";
import type { Clock } from "../ports/clock.ts";
import type { DueStore } from "../ports/due-store.ts";
import type { PastRuns } from "../ports/past-runs.ts";
import type { PayloadStore } from "../ports/payload-store.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { TagIndex } from "../ports/tag-index.ts";
import { installGuards } from "../runtime/guards.ts";
import { membersOfVersions } from "../runtime/members-of-versions.ts";
import type { Versions } from "../runtime/replay.ts";
import type { WorkflowClass } from "../runtime/workflow-class.ts";
import type { WorkflowInterceptor } from "../runtime/workflow-interceptor.ts";
import { answerQuery } from "./answer-query.ts";
import { StandaloneTask } from "./builtins/standalone-task.ts";
import { handleMessages } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import { DEFAULT_RETENTION, type Retention } from "./step/retention.ts";
import type { Log } from "./step/unheard.ts";
import { WarmInstances } from "./warm-instances.ts";

/** What a workflow function is asked, by the bridge and by the api function. */
export type WorkflowRequest = InvocationRequest | QueryRequest | MembersRequest;

/** Answers requests for one workflow. */
export type WorkflowHandler = (request: WorkflowRequest) => Promise<InvocationReply | QueryReply | Members>;

/** The stores that a workflow function writes and reads. */
export interface EngineStores {
  readonly stateStore: StateStore;
  readonly dueStore: DueStore;
  readonly tagIndex: TagIndex;
  readonly pastRuns: PastRuns;
  readonly payloadStore: PayloadStore;
  /** Of stores that encrypt. */
  readonly salt?: Salt | undefined;
}

/**
 * Makes the handler of a workflow: the engine and the workflow's classes, over given stores. It runs the built-in
 * workflow of a task outside a workflow too.
 *
 * @throws InfiniticError `INVALID_DEFINITION` when there is no class, or two of one version
 */
export function workflowHandler(
  setup: EngineStores & {
    readonly definition: WorkflowDefinition<unknown>;
    readonly classes: readonly WorkflowClass[];
    readonly clock: Clock;
    readonly retention?: Partial<Retention>;
    /** Whether instances can be listed by workflow, status and time. Default: true. */
    readonly isListed?: boolean;
    /** As {@link Versions.comparesValues}. Default: false. */
    readonly comparesValues?: boolean;
    readonly interceptors?: readonly WorkflowInterceptor[];
    /** Takes a line of JSON for what somebody should look at. Default: none is written. */
    readonly log?: Log;
  },
): WorkflowHandler {
  const { definition, comparesValues = false, interceptors = [] } = setup;
  const { name, schemas } = definition;
  const versions = Object.assign(versionsOf(name, setup.classes, schemas), { comparesValues, interceptors });
  return engineHandler(new Map([[name, versions], STANDALONE]), name, setup);
}

/** Makes the handler of tasks outside a workflow, for a project that has no workflow function. */
export function taskWorkflowHandler(
  setup: EngineStores & {
    readonly clock: Clock;
    readonly retention?: Partial<Retention>;
    readonly log?: Log;
  },
): WorkflowHandler {
  return engineHandler(new Map([STANDALONE]), TASK_WORKFLOW, setup);
}

const STANDALONE = [TASK_WORKFLOW, versionsOf(TASK_WORKFLOW, [StandaloneTask])] as const;

function engineHandler(
  workflows: EngineParts["workflows"],
  name: string,
  setup: EngineStores & {
    readonly clock: Clock;
    readonly retention?: Partial<Retention>;
    readonly isListed?: boolean;
    readonly log?: Log;
  },
): WorkflowHandler {
  const { stateStore, dueStore, tagIndex, pastRuns, clock, isListed = true, salt, log } = setup;
  const retention = { ...DEFAULT_RETENTION, ...setup.retention };
  const payloads = new Payloads(setup.payloadStore);
  const stores = { stateStore, dueStore, tagIndex, pastRuns, payloads };
  const parts = { ...stores, workflows, clock, retention, isListed, salt, log, warm: new WarmInstances() };
  const versions = workflows.get(name) as Versions; // every caller's map has it
  installGuards();
  return async (request) => {
    if (request.kind === "query") return answerQuery({ stateStore, versions, payloads }, name, request);
    if (request.kind === "messages") return handleMessages(parts, request);
    if (request.kind === "members") return membersOfVersions(name, versions);
    const got = JSON.stringify(request);
    throw new InfiniticError(
      "INVALID_REQUEST",
      `expected messages, a query or a question for its members for workflow ${name}, got ${got}`,
    );
  };
}

/** Orders classes by version; a class without one is version 1. */
export function versionsOf(workflow: string, classes: readonly WorkflowClass[], schemas?: Schemas): Versions {
  const versions = new Map<number, WorkflowClass>();
  for (const workflowClass of classes) {
    const version = workflowClass.version ?? 1;
    if (versions.has(version)) {
      throw new InfiniticError(
        "INVALID_DEFINITION",
        `expected one class of ${workflow} version ${version}, got two`,
      );
    }
    versions.set(version, workflowClass);
  }
  if (versions.size > 0) return Object.assign(versions, schemas && { schemas });
  throw new InfiniticError(
    "INVALID_DEFINITION",
    `expected at least one class of workflow ${workflow}, got none`,
  );
}
