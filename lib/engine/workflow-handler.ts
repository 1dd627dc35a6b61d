import type { WorkflowDefinition } from "../core/definition.ts";
import { InfiniticError } from "../core/errors.ts";
import type { InvocationReply, InvocationRequest, QueryReply, QueryRequest } from "../core/invocation.ts";
import type { Clock } from "../ports/clock.ts";
import type { DueStore } from "../ports/due-store.ts";
import type { StateStore } from "../ports/state-store.ts";
import { installGuards } from "../workflow/guards.ts";
import type { WorkflowClass } from "../workflow/workflow.ts";
import { DEFAULT_RETENTION, type Retention } from "./commit.ts";
import { handleMessages } from "./engine.ts";
import { answerQuery } from "./reader.ts";
import type { Versions } from "./replay.ts";
import { WarmInstances } from "./warm-instances.ts";

/** What a workflow function is asked, by the bridge and by the api function. */
export type WorkflowRequest = InvocationRequest | QueryRequest;

/** Answers requests for one workflow. */
export type WorkflowHandler = (request: WorkflowRequest) => Promise<InvocationReply | QueryReply>;

/**
 * Makes the handler of a workflow: the engine and the workflow's classes, over given stores.
 *
 * @throws InfiniticError `INVALID_DEFINITION` when there is no class, or two of one version
 */
export function workflowHandler(setup: {
  readonly definition: WorkflowDefinition<unknown>;
  readonly classes: readonly WorkflowClass[];
  readonly stateStore: StateStore;
  readonly dueStore: DueStore;
  readonly clock: Clock;
  readonly retention?: Partial<Retention>;
}): WorkflowHandler {
  const { definition, stateStore, dueStore, clock } = setup;
  const versions = versionsOf(definition.name, setup.classes);
  const retention = { ...DEFAULT_RETENTION, ...setup.retention };
  const parts = { versions, stateStore, dueStore, clock, retention, warm: new WarmInstances() };
  installGuards();
  return (request) => {
    if (request.kind === "query") return answerQuery(parts, definition.name, request);
    if (request.kind === "messages") return handleMessages(definition.name, parts, request);
    const got = JSON.stringify(request);
    throw new InfiniticError(
      "INVALID_REQUEST",
      `expected messages or a query for workflow ${definition.name}, got ${got}`,
    );
  };
}

/** Orders classes by version; a class without one is version 1. */
export function versionsOf(workflow: string, classes: readonly WorkflowClass[]): Versions {
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
  if (versions.size > 0) return versions;
  throw new InfiniticError(
    "INVALID_DEFINITION",
    `expected at least one class of workflow ${workflow}, got none`,
  );
}
