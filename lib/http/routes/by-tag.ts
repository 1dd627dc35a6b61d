import * as z from "zod";
import { accept } from "../accept.ts";
import type { Answer } from "../answer.ts";
import type { Call } from "../call.ts";
import { scopeOf } from "../claim-key.ts";
import { COMPONENTS, component } from "../component.ts";
import { checkMethodId } from "../method-id.ts";
import { callByTag, type InstanceOperation, OPERATIONS } from "../operations.ts";
import { type Route, route } from "../route.ts";
import { cursor, pageLimit, tag } from "../schemas.ts";
import { send } from "../send.ts";
import { readTagged } from "../tagged.ts";
import { tagOperation } from "../views.ts";

// A tag is any text, so it is no part of a path: of these addresses, some gateways hand on a decoded one.
const PATH = "/workflows/{workflow}/by-tag";
/** As it was before; it goes on working for tags that no gateway can read as something else. */
const OLD_PATH = `${PATH}/{tag}` as const;

const page = { cursor: cursor.optional(), limit: pageLimit(500, 100) };

const IDS = {
  method: "GET",
  operationId: "listIdsByTag",
  about: "Workflows by tag",
  summary: "Lists the ids of the open instances that have a tag",
  description:
    "In no order. A page may have few ids, or none, with more to come: those of instances that have ended meanwhile are left out.",
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
} as const;

/** Gives the ids of the open instances that have a tag, a page of the index at a time. */
export const idsByTag: readonly Route[] = [
  route({
    ...IDS,
    path: PATH,
    query: z.strictObject({ tag: tag.describe("A tag that instances were started with"), ...page }),
    handle: ({ parts }, { path: { workflow }, query: { tag, ...page } }) =>
      pageOfIds(parts, workflow, tag, page),
  }),
  route({
    ...IDS,
    path: OLD_PATH,
    isOld: true,
    query: z.strictObject(page),
    handle: ({ parts }, { path: { workflow, tag }, query }) => pageOfIds(parts, workflow, tag, query),
  }),
];

async function pageOfIds(
  parts: Call["parts"],
  workflow: string,
  tag: string,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<Answer> {
  const page = await readTagged(parts, workflow, tag, { limit, ...(cursor !== undefined && { cursor }) });
  const workflowIds = page.instances.map(({ workflowId }) => workflowId);
  return { status: 200, body: { workflowIds, ...(page.cursor !== undefined && { cursor: page.cursor }) } };
}

const BY_TAG = [callByTag, ...OPERATIONS];
const BODIES = new Map(BY_TAG.map(({ body: { schema } }) => [schema, taggedBody(schema)]));

/** The calls that do something to every instance that has a tag. An old address may look like one of these. */
export const operateByTag: readonly Route[] = [
  ...BY_TAG.map((operation) => {
    const { path, body } = operation;
    return route({
      ...factsOf(operation),
      path: `${PATH}/${path}`,
      body: { schema: BODIES.get(body.schema) as z.ZodObject, example: { tag: "vip", ...body.example } },
      handle: (call, { path: { workflow, ...names }, body }) => {
        const { tag, ...rest } = body as { readonly tag: string };
        return operate(call, operation, { workflow, tag, names }, rest);
      },
    });
  }),
  ...BY_TAG.map((operation) =>
    route({
      ...factsOf(operation),
      path: `${OLD_PATH}/${operation.path}`,
      isOld: true,
      body: operation.body,
      handle: (call, { path: { workflow, tag, ...names }, body }) =>
        operate(call, operation, { workflow, tag, names }, body),
    }),
  ),
];

/** A body that says which tag is meant. */
function taggedBody(schema: z.ZodObject): z.ZodObject {
  const name = COMPONENTS.get(schema)?.id ?? "Method";
  return component(`${name}ByTag`, schema.extend({ tag: tag.describe("Which instances are meant") }));
}

function factsOf({ operationIds, summary }: InstanceOperation) {
  return {
    method: "POST",
    operationId: operationIds.byTag,
    about: "Workflows by tag",
    summary: `${summary}, for every open instance that has a tag`,
    answers: {
      202: {
        description: "It is on its way to those that have the tag now",
        schema: tagOperation,
        example: { workflow: "Booking", tag: "vip" },
      },
    },
  } as const;
}

async function operate(
  call: Call,
  { operationIds, toOperation }: InstanceOperation,
  to: {
    readonly workflow: string;
    readonly tag: string;
    readonly names: { readonly [name: string]: string };
  },
  body: object,
): Promise<Answer> {
  const { workflow, tag, names } = to;
  const operation = toOperation(body, names);
  call.scope = scopeOf(operationIds.byTag, { workflow, tag, ...names });
  if (operation.kind === "method") checkMethodId(call);
  const message = { kind: "by-tag", ...call.envelope(), workflow, tag, operation } as const;
  await accept(call, message, body);
  await send(call.parts, message);
  return { status: 202, body: { workflow, tag } };
}
