import { z } from "zod";
import { accept } from "../accept.ts";
import { component } from "../component.ts";
import { checkMethodId } from "../method-id.ts";
import { callByTag, OPERATIONS } from "../operations.ts";
import { route } from "../route.ts";
import { cursor, pageLimit } from "../schemas.ts";
import { send } from "../send.ts";
import { readTagged } from "../tagged.ts";
import { tagOperation } from "../views.ts";

const PATH = "/workflows/{workflow}/by-tag/{tag}";

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
    const page = await readTagged(parts, workflow, tag, { limit, ...(cursor !== undefined && { cursor }) });
    const workflowIds = page.instances.map(({ workflowId }) => workflowId);
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
        if (operation.kind === "method") checkMethodId(call);
        const message = { kind: "by-tag", ...call.envelope(), workflow, tag, operation } as const;
        await accept(call, message, body);
        await send(call.parts, message);
        return { status: 202, body: { workflow, tag } };
      },
    }),
);
