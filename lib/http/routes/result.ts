import * as z from "zod";
import { MAIN_METHOD } from "../../core/model/decide.ts";
import { WorkflowUnknownError } from "../../core/values/remote-errors.ts";
import { findRun } from "../find-run.ts";
import { OUTCOME_ANSWERS, outcomeAnswer } from "../outcome.ts";
import { route } from "../route.ts";
import { RunOutcome } from "../run-outcome.ts";
import { id, runParameter } from "../schemas.ts";
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
    methodId: id.default(MAIN_METHOD).describe("Which method. Default: the one that the start ran"),
    run: runParameter,
    after: id.optional().describe("What the start answered as `after`: not the outcome of this run"),
  }),
  answers: OUTCOME_ANSWERS,
  problems: ["WORKFLOW_UNKNOWN", "WORKFLOW_ENDED"],
  handle: async (call, { path, query: { methodId, run, after } }) => {
    const key = { workflow: path.workflow, workflowId: path.id };
    const outcome = new RunOutcome(call, key, run, methodId);
    const { found, instance } = await waitFor(
      call,
      key,
      (instance) => (instance.state.key.run === after ? undefined : outcome.look(instance)),
      {
        expects: async () => (await findRun(call.parts, key, run, undefined)).kind === "accepted",
      },
    );
    if (found || outcome.isBegun || (instance && run === undefined)) {
      return outcomeAnswer(call, outcome.names, found);
    }
    const standing = await findRun(call.parts, key, run, instance);
    if (standing.kind !== "accepted") throw new WorkflowUnknownError(key);
    return outcomeAnswer(call, { ...outcome.names, run: standing.start.run }, { status: "accepted" });
  },
});
