import { MAIN_METHOD } from "../core/model/decide.ts";
import type { Call } from "./call.ts";
import { ProblemError } from "./problem.ts";

/**
 * Refuses the id of the method that the start runs for any other.
 *
 * @throws ProblemError `INVALID_REQUEST`
 */
export function checkMethodId({ idempotencyKey }: Call): void {
  if (idempotencyKey !== MAIN_METHOD) return;
  const detail = `expected an Idempotency-Key other than ${JSON.stringify(MAIN_METHOD)}, which is the id of the method that the start runs`;
  throw new ProblemError("INVALID_REQUEST", detail, {});
}
