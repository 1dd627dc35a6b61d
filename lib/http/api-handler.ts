import middy, { type MiddlewareObj, type MiddyfiedHandler } from "@middy/core";
import httpRouterHandler, { type Method } from "@middy/http-router";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { InfiniticError } from "../core/values/errors.ts";
import { failureOf } from "../core/values/failure.ts";
import { type Address, addressOf, referenceTo } from "./address.ts";
import { type Answer, toGatewayResult } from "./answer.ts";
import { type ApiParts, type ApiSetup, fillIn } from "./api-setup.ts";
import { Call } from "./call.ts";
import { ProblemError, problemOf } from "./problem.ts";
import type { Route } from "./route.ts";
import { ROUTES } from "./routes.ts";

/** The api function's handler: API Gateway's HTTP API, payload format 2.0. */
export type ApiHandler = MiddyfiedHandler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>;

/** An event whose path begins with the API's own. */
type ApiEvent = APIGatewayProxyEventV2 & { readonly address: Address };

const REFUSED_VERBS: readonly Method[] = ["POST", "PUT", "PATCH", "DELETE", "GET", "HEAD"];
const FIRST_SEGMENTS: ReadonlySet<string> = new Set(ROUTES.map(({ path }) => path.split("/")[1] ?? ""));
/** Before the platform ends the function: its answer would be no problem of ours. */
const EARLY_MS = 300;

/**
 * Makes the api function's handler.
 *
 * @example
 * export const handler = apiHandler({ broker, stateStore, invoker, clock: systemClock, workflows: {
 *   Booking: { functionName: "booking-dev-booking", method: "book" },
 * } });
 */
export function apiHandler(setup: ApiSetup): ApiHandler {
  const parts = fillIn(setup);
  const router = httpRouterHandler<ApiEvent, APIGatewayProxyStructuredResultV2>({
    routes: [...calls(parts), ...otherVerbs()],
    notFoundResponse: ({ method, path }) => {
      throw new InfiniticError(
        "UNKNOWN_ROUTE",
        `expected a call of the API, got ${method} ${path.slice(0, 200)}`,
      );
    },
  });
  const routed = (event: APIGatewayProxyEventV2, context: Context) => router(addressed(event), context);
  return middy(routed, {
    timeoutEarlyInMillis: EARLY_MS,
    timeoutEarlyResponse: () => {
      throw new InfiniticError("INTERNAL", "expected the call to be answered within the function's timeout");
    },
  })
    .use(heads)
    .use(problems(parts));
}

/** @throws InfiniticError `MISCONFIGURED` when whatever calls the function is no HTTP API */
function addressed(event: APIGatewayProxyEventV2): ApiEvent {
  if (methodOf(event) === undefined) {
    const detail = "expected an event of API Gateway's HTTP API in payload format 2.0, got another";
    throw new InfiniticError("MISCONFIGURED", detail);
  }
  const address = addressOf(event, FIRST_SEGMENTS);
  const { requestContext } = event;
  const http = { ...requestContext.http, path: address.path };
  return { ...event, address, requestContext: { ...requestContext, http } };
}

function calls(parts: ApiParts) {
  return ROUTES.flatMap(({ method, path, handle }) => {
    const handler = async (event: ApiEvent, context: Context) => {
      const answer = await handle(new Call(parts, event, context));
      return toGatewayResult(located(answer, event.address), event.headers["accept-encoding"]);
    };
    // HEAD is GET without its body.
    const methods: readonly Method[] = method === "GET" ? ["GET", "HEAD"] : [method];
    return methods.map((method) => ({ method, path, handler }));
  });
}

/** Tells the address of what was made as the caller sees it. */
function located(answer: Answer, address: Address): Answer {
  const { location } = answer.headers ?? {};
  if (location === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, location: referenceTo(address, location) } };
}

/** A path that is known, with a verb that asks which ones it takes, or with one that it does not. */
function otherVerbs() {
  const paths = Map.groupBy(ROUTES, ({ path }) => path);
  return [...paths].flatMap(([path, routes]) => {
    const allowed = verbsOf(routes);
    const headers = { allow: allowed.join(", ") };
    const refuse = async (event: ApiEvent): Promise<never> => {
      const detail = `expected ${allowed.join(" or ")} on this path, got ${event.requestContext.http.method}`;
      throw new ProblemError("UNKNOWN_ROUTE", detail, { status: 405, headers });
    };
    const options = { method: "OPTIONS" as const, path, handler: async () => ({ statusCode: 204, headers }) };
    const wrong = REFUSED_VERBS.filter((verb) => !allowed.includes(verb));
    return [options, ...wrong.map((method) => ({ method, path, handler: refuse }))];
  });
}

function verbsOf(routes: readonly Route[]): readonly Method[] {
  const methods = routes.map(({ method }) => method);
  return [...methods, ...(methods.includes("GET") ? (["HEAD"] as const) : []), "OPTIONS"];
}

/** Undefined where the event is of something else. */
function methodOf({ requestContext }: Partial<APIGatewayProxyEventV2>): string | undefined {
  const { http }: Partial<APIGatewayProxyEventV2["requestContext"]> = requestContext ?? {};
  return http?.method;
}

/** Leaves the body out of whatever answers HEAD, problems included. */
const heads: MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> = {
  after: leaveBodyOut,
  onError: leaveBodyOut,
};

function leaveBodyOut(request: Parameters<NonNullable<(typeof heads)["after"]>>[0]): void {
  if (methodOf(request.event) !== "HEAD" || !request.response) return;
  const { body: _, isBase64Encoded: __, ...rest } = request.response;
  request.response = rest;
}

/** Answers whatever was thrown as a problem, and logs what no caller can help. */
function problems({
  log,
}: ApiParts): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return {
    onError(request) {
      const { awsRequestId: requestId } = request.context;
      const problem = problemOf(request.error, requestId);
      if (problem.status >= 500) {
        log(JSON.stringify({ level: "error", requestId, error: failureOf(request.error) }));
      }
      request.response = toGatewayResult(problem);
    },
  };
}
