import type { State } from "../core/model/state.ts";
import { resultOf } from "../core/model/view.ts";
import type { StartedInstance } from "../instance/read-instance.ts";
import type { InstanceKey } from "../ports/state-store.ts";
import type { Answer } from "./answer.ts";
import type { Call } from "./call.ts";
import { opened } from "./payloads.ts";
import type { RouteAnswer } from "./route.ts";
import { type OutcomeView, outcome } from "./views.ts";
import { waitFor } from "./wait.ts";

/** The outcome of a method that has ended; undefined while it runs, and when there is no such method (yet). */
export function endOf(state: State, methodId: string): OutcomeView | undefined {
  const result = resultOf(state, methodId);
  return result?.status === "running" ? undefined : result;
}

/** Waits for a method's end, if the caller would: `timedOut` once the timeout is over, undefined once the wait is. */
export async function outcomeWithin(
  call: Call,
  key: InstanceKey,
  look: (instance: StartedInstance) => OutcomeView | undefined | Promise<OutcomeView | undefined>,
  { timeout = Infinity, ...options }: { readonly timeout?: number | undefined; unknownAfterMs?: number } = {},
): Promise<OutcomeView | undefined> {
  if (call.waitSeconds === undefined) return undefined;
  const deadline = call.startedAt + timeout;
  const { found } = await waitFor(call, key, look, { ...options, deadline });
  if (found) return found;
  return call.parts.clock.now() >= deadline ? { status: "timedOut" } : undefined;
}

/** Answers how a method stands: 200 once it has an outcome, whichever it is, and 202 before. */
export async function outcomeAnswer(
  call: Call,
  names: InstanceKey & { readonly run?: string; readonly methodId: string; readonly after?: string },
  view: OutcomeView = { status: "running" },
): Promise<Answer> {
  return {
    status: view.status === "running" || view.status === "accepted" ? 202 : 200,
    headers: preferenceApplied(call),
    body: { ...names, ...("result" in view ? await opened(call.parts, view) : view) },
  };
}

/** Says that the caller's wait was granted. */
export function preferenceApplied({ waitSeconds }: Call): { readonly [header: string]: string } {
  return waitSeconds === undefined ? {} : { "preference-applied": `wait=${waitSeconds}` };
}

const EXAMPLE = { workflow: "Booking", workflowId: "trip-2", run: "key-1", methodId: "main" };

/** What calls answer that run a method, or ask for its result. */
export const OUTCOME_ANSWERS: { readonly [status: number]: RouteAnswer } = {
  200: {
    description: "The method has ended, or the timeout was over: `status` says how",
    schema: outcome,
    example: { ...EXAMPLE, status: "completed", result: { status: "booked", flight: "FL-6165177968" } },
  },
  202: {
    description: "The method has not ended yet, or nobody waited for that",
    schema: outcome,
    example: { ...EXAMPLE, status: "running" },
  },
};

/** The same, where the call began something. */
export const BEGUN_ANSWERS: { readonly [status: number]: RouteAnswer } = Object.fromEntries(
  Object.entries(OUTCOME_ANSWERS).map(([status, answer]) => [
    status,
    { ...answer, headers: { Location: "Where it is" } },
  ]),
);
