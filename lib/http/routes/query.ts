import * as z from "zod";
import type { QueryReply, QueryRequest } from "../../core/protocol/invocation.ts";
import { type ErrorCode, hasCode, InfiniticError } from "../../core/values/errors.ts";
import type { Failure } from "../../core/values/failure.ts";
import { errorOf } from "../../core/values/remote-errors.ts";
import type { ApiWorkflow } from "../api-setup.ts";
import { askFunction } from "../ask-function.ts";
import type { Call } from "../call.ts";
import { component } from "../component.ts";
import { findRun, readRun } from "../find-run.ts";
import { ProblemError } from "../problem.ts";
import { route } from "../route.ts";
import { argsParameter, json, runParameter } from "../schemas.ts";

/** Why a query has no answer, told with its own code; whatever else was thrown is the query's own failure. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  "UNKNOWN_QUERY",
  "INVALID_QUERY",
  "SCHEMA_MISMATCH",
  "WORKFLOW_UNKNOWN",
  "WORKFLOW_CHANGED",
  "UNKNOWN_WORKFLOW_VERSION",
  "UNKNOWN_RULES",
]);

/** Asks the workflow's function, which replays the instance, for a query's answer. */
export const query = route({
  method: "GET",
  path: "/workflows/{workflow}/{id}/queries/{query}",
  operationId: "askQuery",
  about: "Workflows",
  summary: "Asks an instance a query",
  query: z.strictObject({ args: argsParameter, run: runParameter }),
  answers: {
    200: {
      description: "The query's answer; without `result` where that is nothing",
      schema: component("QueryAnswer", z.object({ result: json.exactOptional() })),
      example: { result: "awaiting approval" },
    },
    202: {
      description: "The instance has not begun: its start is on its way",
      schema: component("QueryAccepted", z.object({ status: z.literal("accepted") })),
      example: { status: "accepted" },
    },
  },
  problems: [...REFUSALS, "WORKFLOW_ENDED", "QUERY_FAILED", "FUNCTION_UNAVAILABLE", "MESSAGE_TOO_LARGE"],
  handle: async (call, { path, query: { args, run } }) => {
    const { parts } = call;
    const key = { workflow: path.workflow, workflowId: path.id };
    const accepted = { status: 202, body: { status: "accepted" } };
    if (run !== undefined && (await readRun(parts, key, run)).kind === "accepted") return accepted;
    // The path was checked: it is there.
    const { functionName } = call.parts.workflows[path.workflow] as ApiWorkflow;
    const reply = await ask(call, functionName, {
      kind: "query",
      workflowId: path.id,
      query: path.query,
      args,
    });
    if (reply.kind === "answered")
      return { status: 200, body: "result" in reply ? { result: reply.result } : {} };
    const refused = refusal(reply.failure);
    if (!hasCode(refused, "WORKFLOW_UNKNOWN")) throw refused;
    const { kind } = await findRun(parts, key, run, undefined);
    if (kind === "accepted") return accepted;
    throw refused;
  },
});

async function ask({ parts }: Call, functionName: string, request: QueryRequest): Promise<QueryReply> {
  const { queryTimeoutMs } = parts;
  const outcome = await askFunction(parts, functionName, request, queryTimeoutMs);
  switch (outcome.kind) {
    case "answered":
      return JSON.parse(outcome.payload) as QueryReply;
    case "too-large":
      throw new InfiniticError(
        "MESSAGE_TOO_LARGE",
        "expected arguments that a function can be sent, got larger ones",
      );
    case "throttled":
      throw new InfiniticError(
        "FUNCTION_UNAVAILABLE",
        `expected function ${functionName} to answer, got throttled`,
      );
    case "unavailable":
      throw new InfiniticError(
        "FUNCTION_UNAVAILABLE",
        `expected function ${functionName} to answer, got no answer`,
      );
    case "timed-out": {
      const detail = `expected function ${functionName} to answer within ${queryTimeoutMs} ms, got no answer`;
      throw new ProblemError("FUNCTION_UNAVAILABLE", detail, { status: 504 });
    }
    case "died":
      throw new InfiniticError("INVOCATION_DIED", `${outcome.errorType}: ${outcome.message}`);
    case "misconfigured":
      throw new InfiniticError("MISCONFIGURED", outcome.message);
  }
}

function refusal(failure: Failure): InfiniticError {
  const error = errorOf(failure);
  if (error instanceof InfiniticError && REFUSALS.has(error.code)) return error;
  return new ProblemError("QUERY_FAILED", `${failure.name}: ${failure.message}`, {
    error: failure,
  });
}
