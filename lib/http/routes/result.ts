import { MAIN_METHOD } from "../../core/decide.ts";
import { WorkflowUnknownError } from "../../core/remote-errors.ts";
import type { Answer } from "../answer.ts";
import type { Call } from "../call.ts";
import { endOf, outcomeAnswer } from "../outcome.ts";
import { resultParameters } from "../schemas.ts";
import { waitFor } from "../wait.ts";

/** Tells how a method stands; waits for its end if the caller would. */
export async function result(call: Call): Promise<Answer> {
  const { key } = call;
  const { methodId = MAIN_METHOD } = call.parameters(resultParameters);
  const { found, instance } = await waitFor(call, key, ({ state }) => endOf(state, methodId));
  if (!instance) throw new WorkflowUnknownError(key);
  return outcomeAnswer(call, key, methodId, found);
}
