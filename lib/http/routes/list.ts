import * as z from "zod";
import type { InstanceList, InstanceRow } from "../../ports/instance-list.ts";
import { component } from "../component.ts";
import { mapLimited } from "../map-limited.ts";
import { checkWorkflow } from "../path-parameters.ts";
import { ProblemError } from "../problem.ts";
import { route } from "../route.ts";
import { cursor, instant, pageLimit, tag } from "../schemas.ts";
import { type Listing, listTagged } from "../tagged.ts";
import { instanceStatus } from "../views.ts";

/** Reads of the list at once: one for each workflow and status. */
const CONCURRENCY = 20;

const query = z.strictObject({
  workflow: z.string().optional().describe("Of this workflow. Default: of all"),
  status: instanceStatus.optional().describe("Of this status. Default: of all"),
  tag: tag.optional().describe("Open instances that have this tag, in no order"),
  from: instant.optional().describe("Started at this instant or later: epoch milliseconds, or ISO 8601"),
  to: instant.optional().describe("Started before this instant"),
  limit: pageLimit(100, 20),
  cursor: cursor.optional(),
});

/** Lists instances, a page at a time. */
export const list = route({
  method: "GET",
  path: "/workflows",
  operationId: "listWorkflows",
  about: "Workflows",
  summary: "Lists instances, newest first",
  description:
    "Eventually consistent: what has just changed shows after a moment. A page may have few instances, or none, with more to come.",
  query,
  answers: {
    200: {
      description: "A page of instances",
      schema: component(
        "InstancePage",
        z.object({
          instances: z.array(
            z.object({
              workflow: z.string(),
              workflowId: z.string(),
              status: instanceStatus,
              startedAt: z.int().describe("Epoch milliseconds"),
            }),
          ),
          cursor: z.string().exactOptional().describe("Where the next page begins; absent on the last"),
        }),
      ),
      example: {
        instances: [
          { workflow: "Booking", workflowId: "trip-2", status: "running", startedAt: 1_795_534_183_723 },
        ],
        cursor: "1795534183723,trip-2,Booking",
      },
    },
  },
  problems: ["UNKNOWN_WORKFLOW", "UNKNOWN_ROUTE"],
  handle: async ({ parts }, { query: { workflow, status, tag, limit, cursor, from, to } }) => {
    if (workflow !== undefined) checkWorkflow(parts, workflow);
    const listing: Listing = {
      workflows: workflow === undefined ? Object.keys(parts.workflows).toSorted() : [workflow],
      statuses: status === undefined ? instanceStatus.options : [status],
      limit,
      ...(cursor !== undefined && { cursor }),
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    };
    const page =
      tag === undefined
        ? await listMerged(parts.instanceList, listing)
        : await listTagged(parts, tag, listing);
    return { status: 200, body: page };
  },
});

/** Merges the lists of every workflow and status: a row's position is a cursor in any of them. */
async function listMerged(index: InstanceList | undefined, { workflows, statuses, ...page }: Listing) {
  if (!index) {
    const detail = "expected instances to be listed, got a deployment that keeps no list of them";
    throw new ProblemError("UNKNOWN_ROUTE", detail, { status: 501 });
  }
  const lists = workflows.flatMap((workflow) => statuses.map((status) => ({ workflow, status })));
  const pages = await mapLimited(CONCURRENCY, lists, (list) => index.read({ ...list, ...page }));
  const rows = pages.flatMap(({ rows }) => rows).toSorted(newestFirst);
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  const isLast = rows.length <= page.limit && pages.every(({ cursor }) => cursor === undefined);
  return {
    instances: shown.map(({ position: _, ...row }) => row),
    ...(!isLast && last && { cursor: last.position }),
  };
}

function newestFirst(one: InstanceRow, other: InstanceRow): number {
  return one.position < other.position ? 1 : -1;
}
