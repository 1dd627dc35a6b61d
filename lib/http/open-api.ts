import * as z from "zod";
import type { ErrorCode } from "../core/values/errors.ts";
import { COMPONENTS, component } from "./component.ts";
import { PATH_PARAMETERS } from "./path-parameters.ts";
import { KINDS } from "./problem.ts";
import type { Route, RouteAnswer } from "./route.ts";
import { failure } from "./views.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

const problem = component(
  "Problem",
  z
    .object({
      type: z.string(),
      title: z.string(),
      status: z.int(),
      detail: z.string(),
      code: z.string().describe("Of the error catalogue"),
      instance: z.string().exactOptional().describe("Of this very occurrence, in the log"),
      errors: z
        .array(z.object({ detail: z.string(), pointer: z.string().exactOptional() }))
        .exactOptional()
        .describe("What is wrong with the request, and where: JSON pointers"),
      error: failure.exactOptional().describe("What workflow code threw"),
    })
    .describe("What went wrong with a call: RFC 9457"),
);

/** What every call may be told, and what those may be told that send something, and that read. */
const OF_EVERY_CALL: readonly ErrorCode[] = ["INVALID_REQUEST"];
const OF_EVERY_CALL_THAT_READS: readonly ErrorCode[] = ["STORE_THROTTLED", "STORE_UNAVAILABLE"];
const OF_EVERY_GET: readonly ErrorCode[] = [...OF_EVERY_CALL_THAT_READS, "RESULT_TOO_LARGE"];
const OF_EVERY_POST: readonly ErrorCode[] = [
  "INVALID_JSON",
  "IDEMPOTENCY_KEY_REUSED",
  "BODY_TOO_LARGE",
  "MESSAGE_TOO_LARGE",
  "BROKER_UNAVAILABLE",
  ...OF_EVERY_CALL_THAT_READS,
];

const HEADERS = {
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    description:
      "The same call again, with the same key, has its effect once; with another body it is refused",
    schema: { type: "string", minLength: 1, maxLength: 128 },
    example: "key-1",
  },
  InfiniticHeaders: {
    name: "Infinitic-Headers",
    in: "header",
    description: "A JSON object of at most 4 KB that travels with what the call sends: interceptors see it",
    schema: { type: "string" },
    example: '{"tenant":"acme"}',
  },
  Prefer: {
    name: "Prefer",
    in: "header",
    description: "`wait=20` holds the answer back for the end, or until it was applied: seconds, at most 25",
    schema: { type: "string", pattern: "^wait=\\d+$" },
    example: "wait=20",
  },
};

/**
 * Describes the API in OpenAPI 3.1: from the very schemas that validate, and what the routes say of themselves.
 *
 * @param url what its paths are appended to
 */
export function openApiOf(routes: readonly Route[], url = "/") {
  const paths: { [path: string]: { [method: string]: object } } = {};
  for (const route of routes.filter(({ isOld }) => !isOld)) {
    paths[route.path] ??= {};
    Object.assign(paths[route.path] ?? {}, { [route.method.toLowerCase()]: operationOf(route) });
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Infinitic",
      version: "1",
      description: "Starts, signals, queries and cancels workflows, and runs tasks.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url, description: "Where this document is" }],
    security: [{ authorization: [] }],
    tags: [...new Set(routes.map(({ about }) => about))].map((name) => ({ name, description: name })),
    paths,
    components: {
      securitySchemes: {
        authorization: {
          type: "apiKey",
          in: "header",
          name: "Authorization",
          description: "As whoever deployed the API set it up",
        },
      },
      parameters: HEADERS,
      schemas: components(),
    },
  };
}

function operationOf(route: Route): object {
  const { method, operationId, about, summary, description, body, answers, waits } = route;
  const headers = [
    ...(method === "POST" ? ["IdempotencyKey", "InfiniticHeaders"] : []),
    ...(waits ? ["Prefer"] : []),
  ];
  const waited = waits ? { "Preference-Applied": "That the wait was granted" } : {};
  return {
    operationId,
    tags: [about],
    summary,
    ...(description !== undefined && { description }),
    parameters: [
      ...route.parameters.map((name) => {
        const { description, example, schema } = PATH_PARAMETERS[name];
        return { name, in: "path", required: true, description, example, schema: inline(schema) };
      }),
      ...queryParameters(route.query),
      ...headers.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ],
    ...(body && {
      requestBody: { content: { "application/json": { schema: refTo(body.schema), example: body.example } } },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, responseOf(answer, waited)]),
      ),
      ...problemsOf(route),
    },
  };
}

function responseOf({ description, schema, example, headers }: RouteAnswer, waited: object): object {
  const told = Object.entries({ ...headers, ...waited });
  return {
    description,
    ...(told.length > 0 && {
      headers: Object.fromEntries(
        told.map(([name, description]) => [name, { description, schema: { type: "string" } }]),
      ),
    }),
    content: { "application/json": { schema: refTo(schema), example } },
  };
}

function queryParameters(query: z.ZodType | undefined): readonly object[] {
  if (!query) return [];
  const { properties = {} } = inline(query);
  return Object.entries(properties).map(([name, schema]) => {
    const { description, default: _, ...rest } = schema as JsonSchema;
    return { name, in: "query", description, schema: rest };
  });
}

/** A response for each status of a problem, with the codes that have it. */
function problemsOf({ method, parameters, query, problems = [] }: Route): object {
  const isOfStored = parameters.length > 0 || queryParameters(query).length > 0;
  const codes: readonly ErrorCode[] = [
    ...OF_EVERY_CALL,
    ...(method === "POST" ? OF_EVERY_POST : []),
    ...(method === "GET" && isOfStored ? OF_EVERY_GET : []),
    ...(parameters.includes("workflow") ? (["UNKNOWN_WORKFLOW"] as const) : []),
    ...(parameters.includes("channel") ? (["UNKNOWN_CHANNEL", "SCHEMA_MISMATCH"] as const) : []),
    ...(parameters.includes("method") && parameters.includes("workflow")
      ? (["UNKNOWN_METHOD", "SCHEMA_MISMATCH"] as const)
      : []),
    ...(parameters.includes("service") ? (["UNKNOWN_SERVICE"] as const) : []),
    ...problems,
  ];
  const byStatus = Map.groupBy(new Set(codes), (code) => KINDS[code]?.status ?? 500);
  const told = [...byStatus].map(([status, codes]) => [
    status,
    {
      description: codes.map((code) => `\`${code}\`: ${KINDS[code]?.title}`).join("; "),
      content: {
        "application/problem+json": {
          schema: refTo(problem),
          example: {
            type: `urn:infinitic:error:${codes[0]?.toLowerCase().replaceAll("_", "-")}`,
            title: codes[0] && KINDS[codes[0]]?.title,
            status,
            detail: "expected …, got …",
            code: codes[0],
          },
        },
      },
    },
  ]);
  return Object.fromEntries(told);
}

function components(): { readonly [id: string]: JsonSchema } {
  const { schemas } = z.toJSONSchema(COMPONENTS, { io: "input", uri: pathOf });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]),
  );
}

function inline(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest;
}

function refTo(schema: z.ZodType): { readonly $ref: string } {
  return { $ref: pathOf(COMPONENTS.get(schema)?.id ?? "") };
}

function pathOf(id: string): string {
  return `#/components/schemas/${id}`;
}
