import { MAIN_METHOD } from "../../core/decide.ts";
import { WorkflowEndedError } from "../../core/remote-errors.ts";
import { readInstance } from "../../engine/reader.ts";
import type { Answer } from "../answer.ts";
import type { Call } from "../call.ts";
import { endOf, outcomeAnswer } from "../outcome.ts";
import { ProblemError } from "../problem.ts";
import { memberName, methodBody } from "../schemas.ts";
import { send } from "../send.ts";
import { waitFor } from "../wait.ts";

/** Runs one more method on an instance; its id is the Idempotency-Key. */
export async function method(call: Call): Promise<Answer> {
  const { key, parts, idempotencyKey } = call;
  const name = call.path("method", memberName);
  const { args } = call.body(methodBody);
  const methodId = idempotencyKey ?? parts.newId();
  if (methodId === MAIN_METHOD) {
    const detail = `expected an Idempotency-Key other than ${JSON.stringify(MAIN_METHOD)}, which is the id of the method that the start runs`;
    throw new ProblemError("INVALID_REQUEST", detail, {});
  }
  const before = await readInstance(parts.stateStore, key);
  const known = before && endOf(before.state, methodId);
  if (known) return outcomeAnswer(call, key, methodId, known);
  if (before?.state.ended) throw new WorkflowEndedError({ ...key, method: name });

  await send(parts, { kind: "method", ...call.envelope(methodId), ...key, method: name, args });
  const location = `/workflows/${key.workflow}/${key.workflowId}/result?methodId=${methodId}`;
  const answer = await outcomeAnswer(call, key, methodId, await outcomeWithin(call, methodId, name));
  return { ...answer, headers: { ...answer.headers, location } };
}

async function outcomeWithin(call: Call, methodId: string, name: string) {
  if (call.waitSeconds === undefined) return undefined;
  const { key } = call;
  const { found } = await waitFor(call, key, ({ state }) => {
    const isKnown = state.methods.some(({ id }) => id === methodId);
    if (!isKnown && state.ended) throw new WorkflowEndedError({ ...key, method: name });
    return endOf(state, methodId);
  });
  return found;
}
