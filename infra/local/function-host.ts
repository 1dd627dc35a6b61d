/**
 * Serves Lambda's Invoke API for handlers of one process, so that what talks to Lambda can be run, measured and
 * killed without it.
 *
 * `node infra/local/function-host.ts --port 0 --module ./handlers.mjs`, where the module exports `handlers` and,
 * if wanted, `limits`. Prints `{"ready":true,"port":…}` once it listens.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { type HostedFunctions, MemoryFunctionInvoker } from "../../lib/adapters/memory/function-invoker.ts";
import type { FunctionInvoker, InvokeOutcome } from "../../lib/ports/function-invoker.ts";

const INVOKE = /^\/2015-03-31\/functions\/([^/]+)\/invocations(\?.*)?$/;

export interface FunctionHost {
  readonly port: number;
  /** Stops listening and drops open connections, answered or not. */
  close(): Promise<void>;
}

/** Serves the Invoke API on 127.0.0.1, at a free port unless one is given. */
export async function startFunctionHost({
  port = 0,
  ...functions
}: HostedFunctions & { readonly port?: number }): Promise<FunctionHost> {
  const invoker = new MemoryFunctionInvoker(functions);
  // Lambda keeps idle connections for longer than Node's 5 s.
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    serve(invoker, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done, fail) => {
    server.once("error", fail).listen(port, "127.0.0.1", done);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function serve(invoker: FunctionInvoker, request: IncomingMessage, response: ServerResponse) {
  const name = INVOKE.exec(request.url ?? "")?.[1];
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const payload = Buffer.concat(chunks).toString();
  const invoke = (functionName: string): Promise<InvokeOutcome> =>
    invoker.invoke(decodeURIComponent(functionName), payload === "" ? "{}" : payload, {
      timeoutMs: Infinity,
    });
  if (name !== undefined && request.headers["x-amz-invocation-type"] === "Event") {
    void invoke(name);
    response.writeHead(202, { "x-amzn-requestid": randomUUID() }).end();
    return;
  }
  const outcome: InvokeOutcome =
    name === undefined || request.method !== "POST"
      ? { kind: "misconfigured", message: `Unknown path ${request.method} ${request.url}` }
      : await invoke(name);
  const { status, headers, body } = answerOf(outcome);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "x-amzn-requestid": randomUUID(),
    ...headers,
  });
  response.end(body);
}

/** Says an outcome as Lambda does: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
function answerOf(outcome: InvokeOutcome) {
  switch (outcome.kind) {
    case "answered":
      return { status: 200, headers: { "x-amz-executed-version": "$LATEST" }, body: outcome.payload };
    case "died":
      return {
        status: 200,
        headers: { "x-amz-executed-version": "$LATEST", "x-amz-function-error": "Unhandled" },
        body: JSON.stringify({ errorType: outcome.errorType, errorMessage: outcome.message }),
      };
    case "throttled":
      return refusal(429, "TooManyRequestsException", "Rate Exceeded.");
    case "too-large":
      return refusal(413, "RequestTooLargeException", "Request must be smaller than 6291456 bytes");
    case "misconfigured":
      return refusal(404, "ResourceNotFoundException", outcome.message);
    case "timed-out":
    case "unavailable":
      return refusal(500, "ServiceException", outcome.kind);
  }
}

function refusal(status: number, type: string, message: string) {
  const body = JSON.stringify({ Type: status < 500 ? "User" : "Service", message });
  return { status, headers: { "x-amzn-errortype": type }, body };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { port: { type: "string", default: "0" }, module: { type: "string" } },
  });
  if (values.module === undefined) {
    process.stderr.write("Expected --module <path of a module that exports handlers>, got none\n");
    process.exit(2);
  }
  const functions: HostedFunctions = await import(pathToFileURL(resolve(values.module)).href);
  const { handlers, limits = {} } = functions;
  const host = await startFunctionHost({ handlers, limits, port: Number(values.port) });
  process.stdout.write(`${JSON.stringify({ ready: true, port: host.port })}\n`);
  // Handlers may hold connections open, which would keep the process.
  process.once("SIGTERM", () => void host.close().then(() => process.exit(0)));
}
