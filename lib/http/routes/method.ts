import * as z from "zod";
import { WorkflowEndedError } from "../../core/values/remote-errors.ts";
import { readInstance } from "../../instance/read-instance.ts";
import { accept } from "../accept.ts";
import { component } from "../component.ts";
import { addressee } from "../find-run.ts";
import { checkMethodId } from "../method-id.ts";
import { BEGUN_ANSWERS, endOf, outcomeAnswer, outcomeWithin } from "../outcome.ts";
import { route } from "../route.ts";
import { args, runParameter, waitTimeout } from "../schemas.ts";
import { send } from "../send.ts";

const body = component("Method", z.strictObject({ args, timeout: waitTimeout.optional() }));

/** Runs one more method on an instance; its id is made of the Idempotency-Key. */
export const method = route({
  method: "POST",
  path: "/workflows/{workflow}/{id}/methods/{method}",
  operationId: "callMethod",
  about: "Workflows",
  summary: "Runs one more method on an instance",
  description: "It may be asked for by its `methodId`, and by the Idempotency-Key that it was called with.",
  waits: true,
  query: z.strictObject({ run: runParameter }),
  body: { schema: body, example: { args: ["paid"] } },
  answers: BEGUN_ANSWERS,
  problems: ["WORKFLOW_UNKNOWN", "WORKFLOW_ENDED"],
  handle: async (call, { path, query: { run }, body: { args, timeout } }) => {
    const { parts, messageId: methodId } = call;
    const key = { workflow: path.workflow, workflowId: path.id };
    const names = { ...key, ...(run !== undefined && { run }), methodId };
    checkMethodId(call);
    const to = await addressee(parts, key, run);
    const message = { kind: "method", ...call.envelope(), ...key, ...to, method: path.method, args } as const;
    await accept(call, message, { args, run });
    const before = await readInstance(parts.stateStore, key);
    const known = before && endOf(before.state, methodId);
    if (known) return outcomeAnswer(call, names, known);
    if (before?.state.ended) throw new WorkflowEndedError({ ...key, method: path.method });

    await send(parts, message);
    const outcome = await outcomeWithin(
      call,
      key,
      ({ state }) => {
        const isKnown = state.methods.some(({ id }) => id === methodId);
        if (!isKnown && state.ended) throw new WorkflowEndedError({ ...key, method: path.method });
        return endOf(state, methodId);
      },
      { timeout },
    );
    const answer = await outcomeAnswer(call, names, outcome);
    const location = `/workflows/${key.workflow}/${key.workflowId}/result?methodId=${methodId}${run === undefined ? "" : `&run=${run}`}`;
    return { ...answer, headers: { ...answer.headers, location } };
  },
});
