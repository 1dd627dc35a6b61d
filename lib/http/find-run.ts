import type { ResultView } from "../core/model/view.ts";
import { WorkflowUnknownError } from "../core/values/remote-errors.ts";
import { timeOfId } from "../core/values/timed-id.ts";
import { decode } from "../instance/codec.ts";
import { readInstance, type StartedInstance } from "../instance/read-instance.ts";
import type { InstanceKey } from "../ports/state-store.ts";
import { type AcceptedStart, EXPECTED_MS } from "./accepted-starts.ts";
import type { ApiParts } from "./api-setup.ts";
import { claimKey, scopeOf } from "./claim-key.ts";
import { ProblemError } from "./problem.ts";

/** Where a run is. */
export type FoundRun =
  /** It is the one that its id has, or its start met that one. */
  | { readonly kind: "here"; readonly instance: StartedInstance }
  /** The broker has its start. */
  | { readonly kind: "accepted"; readonly start: AcceptedStart }
  /** It has ended, and another run has its id. */
  | { readonly kind: "gone"; readonly run: string; readonly outcome?: ResultView }
  | { readonly kind: "unknown" };

/** An id that is started again once its retention is over is much younger than the run that it had before. */
const OF_ANOTHER_LIFE_MS = 86_400_000;

/**
 * Finds a run of an id: the run that a start has made, or else the one that it met.
 *
 * @param run without it, whichever run the id has
 * @param instance as it was read
 */
export async function findRun(
  parts: ApiParts,
  key: InstanceKey,
  run: string | undefined,
  instance: StartedInstance | undefined,
): Promise<FoundRun> {
  if (!instance) {
    const start = await acceptedStart(parts, key, run);
    return start ? { kind: "accepted", start } : { kind: "unknown" };
  }
  const { state } = instance;
  if (run === undefined || state.key.run === run) return { kind: "here", instance };
  if (state.customId !== undefined) return findMet(parts, key, run, instance);
  const at = timeOfId(run);
  const isOld = at !== undefined && at < state.startedAt - OF_ANOTHER_LIFE_MS;
  return isOld ? { kind: "gone", run } : { kind: "here", instance };
}

/**
 * Reads an instance by its run, if the caller names one.
 *
 * @throws InfiniticError `WORKFLOW_UNKNOWN`, `WORKFLOW_ENDED`
 */
export async function readRun(
  parts: ApiParts,
  key: InstanceKey,
  run: string | undefined,
): Promise<FoundRun & { readonly kind: "here" | "accepted" }> {
  const found = await findRun(parts, key, run, await readInstance(parts.stateStore, key));
  if (found.kind === "gone") throw gone(key, found.run);
  if (found.kind === "unknown") throw new WorkflowUnknownError(key);
  return found;
}

/**
 * Gives the run that a message is for, if the caller names one: the engine drops it where the id has another.
 *
 * @throws InfiniticError `WORKFLOW_UNKNOWN`, `WORKFLOW_ENDED`
 */
export async function addressee(
  parts: ApiParts,
  key: InstanceKey,
  asked: string | undefined,
): Promise<{ readonly run?: string }> {
  if (asked === undefined) return {};
  const found = await readRun(parts, key, asked);
  return { run: found.kind === "here" ? found.instance.state.key.run : found.start.run };
}

export function gone({ workflow, workflowId }: InstanceKey, run: string): ProblemError {
  const detail = `expected the run of workflow ${workflow} (${workflowId}) that the id has, got ${run}, which has ended before`;
  return new ProblemError("WORKFLOW_ENDED", detail, {});
}

/** A start of a custom id meets a run that lives; else it begins one, and the run before goes. */
async function findMet(
  parts: ApiParts,
  key: InstanceKey,
  run: string,
  instance: StartedInstance,
): Promise<FoundRun> {
  const met = await parts.pastRuns.find(key, run);
  if (met.run === undefined) {
    const start = await acceptedStart(parts, key, run);
    return start ? { kind: "accepted", start } : { kind: "unknown" };
  }
  if (met.run === instance.state.key.run) return { kind: "here", instance };
  const { outcome } = met.run === run ? met : await parts.pastRuns.find(key, met.run);
  // What the engine has kept of it.
  return { kind: "gone", run: met.run, ...(outcome && { outcome: decode(outcome) as ResultView }) };
}

/** A start that is on its way: this process has sent it, or its run tells that one of the API's has. */
async function acceptedStart(
  { accepted, clock, idempotencyKeys }: ApiParts,
  key: InstanceKey,
  run: string | undefined,
): Promise<AcceptedStart | undefined> {
  const now = clock.now();
  const sent = accepted.find(key, now);
  if (sent && (run === undefined || run === sent.run)) return sent;
  if (run === undefined) return undefined;
  const at = timeOfId(run);
  if (at !== undefined) return now - at < EXPECTED_MS ? { run, at, tags: [], meta: {} } : undefined;
  const { isClaimed } = await idempotencyKeys.has(
    claimKey(scopeOf("startWorkflow", { workflow: key.workflow }), run),
  );
  return isClaimed ? { run, at: now, tags: [], meta: {} } : undefined;
}
