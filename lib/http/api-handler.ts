import middy, { type MiddlewareObj, type MiddyfiedHandler } from "@middy/core";
import httpRouterHandler, { type Method } from "@middy/http-router";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { InfiniticError } from "../core/errors.ts";
import { failureOf } from "../core/failure.ts";
import { toGatewayResult } from "./answer.ts";
import { type ApiParts, type ApiSetup, fillIn } from "./api-setup.ts";
import { Call } from "./call.ts";
import { ProblemError, problemOf } from "./problem.ts";
import { ROUTES } from "./routes.ts";

/** The api function's handler: API Gateway's HTTP API, payload format 2.0. */
export type ApiHandler = MiddyfiedHandler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>;

const VERBS: readonly Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"];
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
  const router = httpRouterHandler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({
    routes: [...calls(parts), ...wrongVerbs()],
    notFoundResponse: ({ method, path }) => {
      throw new InfiniticError(
        "UNKNOWN_ROUTE",
        `expected a call of the API, got ${method} ${path.slice(0, 200)}`,
      );
    },
  });
  return middy(router, {
    timeoutEarlyInMillis: EARLY_MS,
    timeoutEarlyResponse: () => {
      throw new InfiniticError("INTERNAL", "expected the call to be answered within the function's timeout");
    },
  }).use(problems(parts));
}

function calls(parts: ApiParts) {
  return ROUTES.map(({ method, path, handle }) => ({
    method,
    path,
    handler: async (event: APIGatewayProxyEventV2, context: Context) =>
      toGatewayResult(await handle(new Call(parts, event, context)), event.headers["accept-encoding"]),
  }));
}

/** A path that is known, with a verb that is not. */
function wrongVerbs() {
  const paths = Map.groupBy(ROUTES, ({ path }) => path);
  return [...paths].flatMap(([path, routes]) => {
    const allowed = routes.map(({ method }) => method);
    const handler = async (event: APIGatewayProxyEventV2): Promise<never> => {
      const detail = `expected ${allowed.join(" or ")} on this path, got ${event.requestContext.http.method}`;
      throw new ProblemError("UNKNOWN_ROUTE", detail, {
        status: 405,
        headers: { allow: allowed.join(", ") },
      });
    };
    const wrong = VERBS.filter((verb) => !allowed.some((method) => method === verb));
    return wrong.map((method) => ({ method, path, handler }));
  });
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
