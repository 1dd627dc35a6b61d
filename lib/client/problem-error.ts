import { ERRORS, type ErrorCode, InfiniticError } from "../core/values/errors.ts";
import type { Failure } from "../core/values/failure.ts";
import {
  errorOf,
  WorkflowEndedError,
  type WorkflowNames,
  WorkflowUnknownError,
} from "../core/values/remote-errors.ts";

/** Rebuilds the error that a problem (RFC 9457) of the API tells of. */
export function problemError(
  status: number,
  problem: unknown,
  names: WorkflowNames | undefined,
): InfiniticError {
  const { code, detail, error } = (problem ?? {}) as {
    readonly code?: unknown;
    readonly detail?: unknown;
    readonly error?: Failure;
  };
  if (typeof code !== "string" || !Object.hasOwn(ERRORS, code)) {
    return new InfiniticError("API_UNAVAILABLE", `expected an answer of the API, got HTTP ${status}`, {
      cause: problem,
    });
  }
  if (names && code === "WORKFLOW_UNKNOWN") return new WorkflowUnknownError(names);
  if (names && code === "WORKFLOW_ENDED") return new WorkflowEndedError(names);
  return new InfiniticError(code as ErrorCode, String(detail), error ? { cause: errorOf(error) } : {});
}
