import * as z from "zod";
import type { ErrorCode } from "../core/values/errors.ts";
import type { Answer } from "./answer.ts";
import type { Call } from "./call.ts";
import { scopeOf } from "./claim-key.ts";
import { PATH_PARAMETERS, type PathParameter, type PathParameterName } from "./path-parameters.ts";

/** What a call may answer. */
export interface RouteAnswer {
  readonly description: string;
  readonly schema: z.ZodType;
  readonly example: unknown;
  /** What its headers tell, beside those of every answer. */
  readonly headers?: { readonly [name: string]: string };
}

/** What is said of a call, once: for its handler, its validation and the OpenAPI document. */
interface RouteFacts {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** The operation's name in clients that are generated. */
  readonly operationId: string;
  /** What it is about: a heading. */
  readonly about: "Workflows" | "Workflows by tag" | "Tasks" | "API";
  readonly summary: string;
  readonly description?: string;
  /** Whether `Prefer: wait` makes it hold its answer back. */
  readonly waits?: true;
  /** Whether it is an address of before, which the OpenAPI document leaves out. */
  readonly isOld?: true;
  readonly answers: { readonly [status: number]: RouteAnswer };
  /** Codes of its own, beside those of every call of its kind. */
  readonly problems?: readonly ErrorCode[];
}

/** What a caller sends. */
export interface RouteBody<Body extends z.ZodType> {
  readonly schema: Body;
  readonly example: z.input<Body>;
}

/** A call of the API. */
export interface Route extends RouteFacts {
  readonly parameters: readonly PathParameterName[];
  readonly query: z.ZodType | undefined;
  readonly body: RouteBody<z.ZodType> | undefined;
  readonly handle: (call: Call) => Answer | Promise<Answer>;
}

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;

/** What a route's handler is given: everything that its caller sent, validated. */
export interface Input<Path extends string, Query extends z.ZodType, Body extends z.ZodType> {
  readonly path: { readonly [Name in NamesIn<Path>]: string };
  readonly query: z.output<Query>;
  readonly body: z.output<Body>;
}

const NONE = z.strictObject({});

/**
 * Makes a route. Path, query and body are checked in this order before its handler runs.
 *
 * @throws (the route's `handle`) InfiniticError `UNKNOWN_WORKFLOW`, `UNKNOWN_SERVICE`, `INVALID_REQUEST`,
 * `INVALID_JSON`, `BODY_TOO_LARGE`
 */
export function route<
  const Path extends string,
  Query extends z.ZodType = typeof NONE,
  Body extends z.ZodType = typeof NONE,
>({
  handle,
  query,
  body,
  ...facts
}: RouteFacts & {
  readonly path: Path;
  readonly query?: Query;
  readonly body?: RouteBody<Body>;
  readonly handle: (call: Call, input: Input<Path, Query, Body>) => Answer | Promise<Answer>;
}): Route {
  // Those of the path, as its type says.
  const names = [...facts.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as PathParameterName);
  return {
    ...facts,
    query,
    body,
    parameters: names,
    handle: (call) => {
      const path = Object.fromEntries(names.map((name) => [name, parameterOf(call, name)]));
      const input = {
        path,
        query: call.query(query ?? NONE),
        body: facts.method === "POST" ? call.body(body?.schema ?? NONE) : {},
      };
      call.scope = scopeOf(facts.operationId, path);
      return handle(call, input as Input<Path, Query, Body>);
    },
  };
}

function parameterOf(call: Call, name: PathParameterName): string {
  const { schema, find }: PathParameter = PATH_PARAMETERS[name];
  const value = call.path(name, schema);
  find?.(call.parts, value);
  return value;
}
