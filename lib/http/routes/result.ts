import { z } from "zod";
import { MAIN_METHOD } from "../../core/decide.ts";
import { WorkflowUnknownError } from "../../core/remote-errors.ts";
import { methodOf } from "../../core/view.ts";
import { endOf, OUTCOME_ANSWERS, outcomeAnswer } from "../outcome.ts";
import { route } from "../route.ts";
import { id } from "../schemas.ts";
import { waitFor } from "../wait.ts";

/** Tells how a method stands; waits for its end if the caller would. */
export const result = route({
  method: "GET",
  path: "/workflows/{workflow}/{id}/result",
  operationId: "getResult",
  about: "Workflows",
  summary: "Tells how a method stands",
  waits: true,
  query: z.strictObject({
    methodId: id.default(MAIN_METHOD).describe("Which method; the one that the start ran unless told"),
    after: id.optional().describe("What the start answered as `after`: not the outcome of this run"),
  }),
  answers: OUTCOME_ANSWERS,
  problems: ["WORKFLOW_UNKNOWN"],
  handle: async (call, { path, query: { methodId, after } }) => {
    const key = { workflow: path.workflow, workflowId: path.id };
    const { found, instance } = await waitFor(call, key, ({ state }) =>
      state.key.run === after ? undefined : endOf(state, methodId),
    );
    if (!instance) throw new WorkflowUnknownError(key);
    const { id = methodId } = methodOf(instance.state, methodId) ?? {};
    return outcomeAnswer(call, { ...key, methodId: id }, found);
  },
});
