import { MAIN_METHOD } from "../core/decide.ts";
import { ProblemError } from "./problem.ts";

/**
 * Refuses the id of the method that the start runs for any other.
 *
 * @throws ProblemError `INVALID_REQUEST`
 */
export function checkMethodId(methodId: string): void {
  if (methodId !== MAIN_METHOD) return;
  const detail = `expected an Idempotency-Key other than ${JSON.stringify(MAIN_METHOD)}, which is the id of the method that the start runs`;
  throw new ProblemError("INVALID_REQUEST", detail, {});
}
