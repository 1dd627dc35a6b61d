import * as z from "zod";
import { viewOf } from "../../core/model/view.ts";
import type { Operation } from "../../core/protocol/messages.ts";
import { InfiniticError } from "../../core/values/errors.ts";
import type { InstanceKey } from "../../ports/state-store.ts";
import { accept } from "../accept.ts";
import type { Answer } from "../answer.ts";
import type { Call } from "../call.ts";
import { addressee } from "../find-run.ts";
import { OPERATIONS } from "../operations.ts";
import { preferenceApplied } from "../outcome.ts";
import { route } from "../route.ts";
import { runParameter } from "../schemas.ts";
import { send } from "../send.ts";
import { instanceOperation } from "../views.ts";
import { waitFor } from "../wait.ts";

/** The calls that do something to one instance. */
export const operate = OPERATIONS.map(({ path, operationIds, summary, body, toOperation }) =>
  route({
    method: "POST",
    path: `/workflows/{workflow}/{id}/${path}`,
    operationId: operationIds.byId,
    about: "Workflows",
    summary,
    waits: true,
    query: z.strictObject({ run: runParameter }),
    body,
    answers: {
      200: {
        description: "It was applied",
        schema: instanceOperation,
        example: { workflow: "Booking", workflowId: "trip-2", status: "running" },
      },
      202: {
        description: "It is on its way",
        schema: instanceOperation,
        example: { workflow: "Booking", workflowId: "trip-2" },
      },
    },
    problems: ["WORKFLOW_UNKNOWN", "WORKFLOW_ENDED"],
    handle: (call, { path: { workflow, id, ...names }, query: { run }, body }) =>
      apply(call, { workflow, workflowId: id }, toOperation(body, names), { body, run }),
  }),
);

/** Sends the message; waits until it is applied, if the caller would. */
async function apply(
  call: Call,
  key: InstanceKey,
  operation: Operation,
  asked: { readonly body: unknown; readonly run: string | undefined },
): Promise<Answer> {
  const { parts, messageId } = call;
  const to = await addressee(parts, key, asked.run);
  const message = { ...operation, ...call.envelope(), ...key, ...to };
  await accept(call, message, asked);
  await send(parts, message);
  if (call.waitSeconds === undefined) return { status: 202, body: key };
  const { found: status } = await waitFor(call, key, (instance) => {
    const { state } = instance;
    const unheard = state.unheard.find((signal) => signal.messageId === messageId);
    if (unheard) throw new InfiniticError(unheard.code, unheard.reason);
    return state.seen.has(messageId) || state.ended ? viewOf(instance).status : undefined;
  });
  return {
    status: status === undefined ? 202 : 200,
    headers: preferenceApplied(call),
    body: { ...key, ...(status !== undefined && { status }) },
  };
}
