import { MAIN_METHOD } from "../../core/decide.ts";
import { hash128 } from "../../core/hash.ts";
import type { InstanceKey } from "../../ports/state-store.ts";
import type { Answer } from "../answer.ts";
import type { Call } from "../call.ts";
import { endOf, outcomeAnswer } from "../outcome.ts";
import { startBody } from "../schemas.ts";
import { send } from "../send.ts";
import { waitFor } from "../wait.ts";

/**
 * Starts an instance; an id that exists starts nothing, and the answer is about the instance that has it.
 *
 * Without an id the workflow id is a fixed function of the Idempotency-Key, so a repeated call finds the same.
 */
export async function start(call: Call): Promise<Answer> {
  const { workflow, idempotencyKey, parts } = call;
  const { id, method = workflow.method ?? "run", args, tags, meta } = call.body(startBody);
  const derived = idempotencyKey && hash128(`${workflow.name}:${idempotencyKey}`);
  const key = { workflow: workflow.name, workflowId: id ?? derived ?? parts.newId() };
  await send(parts, {
    kind: "start",
    ...call.envelope(idempotencyKey ?? parts.newId()),
    ...key,
    method,
    args,
    ...(tags && { tags }),
    ...(meta && { meta }),
  });
  const answer = await outcomeAnswer(call, key, MAIN_METHOD, await outcomeWithin(call, key));
  const location = `/workflows/${key.workflow}/${key.workflowId}`;
  return { ...answer, headers: { ...answer.headers, location } };
}

/** The broker has the start: however late the instance appears, it is not unknown. */
async function outcomeWithin(call: Call, key: InstanceKey) {
  if (call.waitSeconds === undefined) return undefined;
  const { found } = await waitFor(call, key, ({ state }) => endOf(state, MAIN_METHOD), Infinity);
  return found;
}
