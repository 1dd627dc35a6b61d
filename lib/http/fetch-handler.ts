import { isUtf8 } from "node:buffer";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { LONGEST_TIMER_MS } from "../core/values/long-timer.ts";

/** A handler of API Gateway's HTTP API, payload format 2.0. */
export type GatewayHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

const TEXT = /^(application\/([\w.-]+\+)?json|text\/)/i;

/**
 * Turns the handler of an HTTP API into a function from Request to Response, as API Gateway would call it: for
 * local servers, for tests and as the typed client's `fetch`.
 *
 * @param options `timeoutMs`: the function's timeout, default 29 s; `decodesPaths`: what stands before it hands each
 * path on decoded, so that an encoded `?` or `/` of it is one
 * @example
 * const client = new InfiniticClient({ url: "http://api", fetch: fetchHandler(handler) });
 */
export function fetchHandler(
  handler: GatewayHandler,
  {
    timeoutMs = 29_000,
    decodesPaths = false,
  }: { readonly timeoutMs?: number; readonly decodesPaths?: boolean } = {},
): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  return async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const event = await eventOf(request, decodesPaths ? decodedUrl(request.url) : new URL(request.url));
    const endsAt = performance.now() + timeoutMs;
    // The part of Lambda's context that an HTTP handler has any use for.
    const context = {
      awsRequestId: event.requestContext.requestId,
      // Its router sets a timer by it.
      getRemainingTimeInMillis: () => Math.min(Math.max(0, endsAt - performance.now()), LONGEST_TIMER_MS),
    } as Context;
    const result = await handler(event, context);
    const { statusCode = 200, headers = {}, isBase64Encoded = false } = result;
    const body = isBase64Encoded ? Buffer.from(result.body ?? "", "base64") : result.body;
    const texts = Object.entries(headers).map(([name, value]) => [name, String(value)] as [string, string]);
    return new Response(body ?? null, { status: statusCode, headers: texts });
  };
}

/** What a gateway hands on of an address. */
type HandedOn = Pick<URL, "pathname" | "search" | "searchParams" | "host">;

/** The address, with its path decoded and read once more. */
function decodedUrl(url: string): HandedOn {
  const { pathname, search, host } = new URL(url);
  const [, path = "", more = ""] = /^([^?#]*)\??([^#]*)/.exec(decodeURIComponent(pathname)) ?? [];
  const query = [more, search.slice(1)].filter((part) => part !== "").join("&");
  return { pathname: path, search: query && `?${query}`, searchParams: new URLSearchParams(query), host };
}

async function eventOf(
  request: Request,
  { pathname, search, searchParams, host }: HandedOn,
): Promise<APIGatewayProxyEventV2> {
  const headers = Object.fromEntries(request.headers);
  const bytes = Buffer.from(await request.arrayBuffer());
  const isBase64Encoded = !TEXT.test(headers["content-type"] ?? "") || !isUtf8(bytes);
  const names = [...new Set(searchParams.keys())];
  const now = new Date();
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers,
    ...(names.length > 0 && {
      queryStringParameters: Object.fromEntries(
        names.map((name) => [name, searchParams.getAll(name).join(",")]),
      ),
    }),
    ...(bytes.length > 0 && { body: bytes.toString(isBase64Encoded ? "base64" : "utf8") }),
    isBase64Encoded,
    requestContext: {
      accountId: "local",
      apiId: "local",
      domainName: host,
      domainPrefix: "local",
      http: {
        method: request.method,
        path: pathname,
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: crypto.randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
  };
}
