import { z } from "zod";
import { decodeTip } from "../../engine/tip.ts";
import type { TagEntry } from "../../ports/tag-index.ts";
import type { ApiParts } from "../api-setup.ts";
import { component } from "../component.ts";
import { mapLimited } from "../map-limited.ts";
import { checkMethodId } from "../method-id.ts";
import { callByTag, OPERATIONS } from "../operations.ts";
import { route } from "../route.ts";
import { cursor, pageLimit } from "../schemas.ts";
import { send } from "../send.ts";
import { tagOperation } from "../views.ts";

const PATH = "/workflows/{workflow}/by-tag/{tag}";
/** Instances that are read at once. */
const CONCURRENCY = 20;

/** Gives the ids of the open instances that have a tag, a page of the index at a time. */
export const idsByTag = route({
  method: "GET",
  path: PATH,
  operationId: "listIdsByTag",
  about: "Workflows by tag",
  summary: "Lists the ids of the open instances that have a tag",
  description:
    "In no order. A page may have few ids, or none, with more to come: those of instances that have ended meanwhile are left out.",
  query: z.strictObject({ cursor: cursor.optional(), limit: pageLimit(500, 100) }),
  answers: {
    200: {
      description: "A page of ids",
      schema: component(
        "TaggedIds",
        z.object({
          workflowIds: z.array(z.string()),
          cursor: z.string().exactOptional().describe("Where the next page begins; absent on the last"),
        }),
      ),
      example: { workflowIds: ["trip-1", "trip-2"] },
    },
  },
  handle: async ({ parts }, { path: { workflow, tag }, query: { cursor, limit } }) => {
    const page = await parts.tagIndex.read(workflow, tag, { limit, ...(cursor !== undefined && { cursor }) });
    const areOpen = await mapLimited(CONCURRENCY, page.entries, (entry) => isOpen(parts, entry));
    const workflowIds = page.entries.filter((_, at) => areOpen[at]).map(({ workflowId }) => workflowId);
    return {
      status: 200,
      body: { workflowIds, ...(page.cursor !== undefined && { cursor: page.cursor }) },
    };
  },
});

/** The calls that do something to every instance that has a tag. */
export const operateByTag = [callByTag, ...OPERATIONS].map(
  ({ path, operationIds, summary, body, toOperation }) =>
    route({
      method: "POST",
      path: `${PATH}/${path}`,
      operationId: operationIds.byTag,
      about: "Workflows by tag",
      summary: `${summary}, for every open instance that has a tag`,
      body,
      answers: {
        202: {
          description: "It is on its way to those that have the tag now",
          schema: tagOperation,
          example: { workflow: "Booking", tag: "vip" },
        },
      },
      handle: async (call, { path: { workflow, tag, ...names }, body }) => {
        const operation = toOperation(body, names);
        if (operation.kind === "method") checkMethodId(call.messageId);
        await send(call.parts, { kind: "by-tag", ...call.envelope(), workflow, tag, operation });
        return { status: 202, body: { workflow, tag } };
      },
    }),
);

/** The index may hold too much: only the instance knows whether the entry's run is the one that it has. */
async function isOpen({ stateStore }: ApiParts, { run, ...key }: TagEntry): Promise<boolean> {
  const { item } = await stateStore.load(key);
  if (!item || item.status === "completed" || item.status === "canceled") return false;
  return decodeTip(key, item.body).run === run;
}
