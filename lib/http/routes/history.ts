import * as z from "zod";
import type { HistoryRecord } from "../../core/model/history.ts";
import type { HistoryView } from "../../core/model/view.ts";
import { component } from "../component.ts";
import { readRun } from "../find-run.ts";
import { route } from "../route.ts";
import { pageLimit, runParameter } from "../schemas.ts";

/** Far below the 6 MB that a function may answer. */
const MAX_PAGE_CHARACTERS = 1_000_000;

/** Gives a page of an instance's history, oldest first. */
export const history = route({
  method: "GET",
  path: "/workflows/{workflow}/{id}/history",
  operationId: "getHistory",
  about: "Workflows",
  summary: "Gives a page of an instance's history, oldest first",
  query: z.strictObject({
    cursor: z
      .string()
      .regex(/^\d{1,9}$/, "expected a cursor that an earlier page gave")
      .transform(Number)
      .default(0)
      .describe("What the page before this one gave"),
    limit: pageLimit(1_000, 100),
    run: runParameter,
  }),
  answers: {
    200: {
      description: "Events and commands, oldest first",
      schema: component(
        "History",
        z.object({
          records: z.array(z.looseObject({ kind: z.string() })).describe("Events, commands and endings"),
          cursor: z.string().exactOptional().describe("Where the next page begins; absent on the last"),
        }),
      ),
      example: {
        records: [
          {
            kind: "signal-received",
            at: 1_795_534_190_012,
            messageId: "s-1",
            channel: "approval",
            value: true,
          },
          { kind: "method-completed", method: 0, value: { status: "booked" } },
        ],
      },
    },
  },
  problems: ["WORKFLOW_UNKNOWN", "WORKFLOW_ENDED"],
  handle: async ({ parts }, { path, query: { cursor, limit, run } }) => {
    const key = { workflow: path.workflow, workflowId: path.id };
    const found = await readRun(parts, key, run);
    const history = found.kind === "here" ? found.instance.history : [];
    const records = fitting(history.slice(cursor, cursor + limit));
    const next = cursor + records.length;
    const page: HistoryView = { records, ...(next < history.length && { cursor: String(next) }) };
    return { status: 200, body: page };
  },
});

/** The first records that make a page of decent size together; one at least. */
function fitting(records: readonly HistoryRecord[]): readonly HistoryRecord[] {
  let characters = 0;
  const end = records.findIndex((record, index) => {
    characters += JSON.stringify(record).length;
    return characters > MAX_PAGE_CHARACTERS && index > 0;
  });
  return end < 0 ? records : records.slice(0, end);
}
