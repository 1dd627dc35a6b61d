import type { Cors, DeployedFunction, Provider } from "./serverless.ts";
import type { Auth, Throttling } from "./settings.ts";

const AUTHORIZER = "infinitic";

/** The one route of the api function, which answers every path itself. */
export function catchAll(auth: Auth): { readonly path: "*"; readonly authorizer?: object } {
  switch (auth.kind) {
    case "iam":
      return { path: "*", authorizer: { type: "aws_iam" } };
    case "jwt":
      return { path: "*", authorizer: { name: AUTHORIZER, ...(auth.scopes && { scopes: auth.scopes }) } };
    case "none":
      return { path: "*" };
  }
}

/**
 * The routes of the api function: beside the one for everything, one for what browsers ask first where pages may call
 * the API. They ask that without saying who they are, so nobody may be asked.
 */
export function routesFor(auth: Auth, cors: Cors | undefined): DeployedFunction["events"] {
  const preflight = { httpApi: { method: "OPTIONS", path: "/{proxy+}" } };
  return [{ httpApi: catchAll(auth) }, ...(cors && auth.kind !== "none" ? [preflight] : [])];
}

/** What the framework allows by itself. */
const FRAMEWORK_HEADERS = [
  "Content-Type",
  "X-Amz-Date",
  "Authorization",
  "X-Api-Key",
  "X-Amz-Security-Token",
  "X-Amz-User-Agent",
  "X-Amzn-Trace-Id",
];
/** What calls of the API say in headers, and what its answers say there. */
const ASKED = ["Idempotency-Key", "Infinitic-Headers", "Prefer", "Traceparent", "X-Amz-Content-Sha256"];
const ANSWERED = ["Location", "Preference-Applied", "Retry-After"];

/** What browsers are to be told of the API, where the user lets pages call it: with all headers that its calls have. */
export function corsOf({ httpApi }: Pick<Provider, "httpApi">): Cors | undefined {
  if (!httpApi?.cors) return undefined;
  const given = httpApi.cors === true ? {} : httpApi.cors;
  const { allowedHeaders = FRAMEWORK_HEADERS, exposedResponseHeaders = [] } = given;
  return {
    ...given,
    allowedHeaders: withOthers(allowedHeaders, ASKED),
    exposedResponseHeaders: withOthers(exposedResponseHeaders, ANSWERED),
  };
}

function withOthers(headers: readonly string[], others: readonly string[]): readonly string[] {
  if (headers.includes("*")) return headers;
  const known = new Set(headers.map((name) => name.toLowerCase()));
  return [...headers, ...others.filter((name) => !known.has(name.toLowerCase()))];
}

/** Authorisers for `provider.httpApi`. */
export function authorizersOf(auth: Auth): { readonly [name: string]: object } {
  if (auth.kind !== "jwt") return {};
  const { issuerUrl, audience } = auth;
  return {
    [AUTHORIZER]: { type: "jwt", identitySource: "$request.header.Authorization", issuerUrl, audience },
  };
}

/** What the framework's API stage is to have besides. */
export function stageSettings({ rate, burst }: Throttling, hasMetrics: boolean): object {
  return {
    DefaultRouteSettings: {
      DetailedMetricsEnabled: hasMetrics,
      ThrottlingRateLimit: rate,
      ThrottlingBurstLimit: burst,
    },
  };
}
