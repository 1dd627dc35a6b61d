import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { LambdaFunctionInvoker } from "../../lib/adapters/lambda/function-invoker.ts";
import type { InvokeOutcome } from "../../lib/ports/function-invoker.ts";
import { functionError, type Reaction, refusal, startLambdaApiStub } from "./lambda-api.ts";

const CREDENTIALS = { accessKeyId: "key", secretAccessKey: "secret" };

async function invokeAt(endpoint: string, timeoutMs = 60_000): Promise<InvokeOutcome> {
  const invoker = new LambdaFunctionInvoker({ endpoint, region: "eu-west-1", credentials: CREDENTIALS });
  try {
    return await invoker.invoke("flights", '{"a":1}', { timeoutMs });
  } finally {
    invoker.close();
  }
}

async function outcomeOf(reaction: Reaction, timeoutMs?: number): Promise<InvokeOutcome> {
  const stub = await startLambdaApiStub(reaction);
  try {
    return await invokeAt(stub.endpoint, timeoutMs);
  } finally {
    await stub.close();
  }
}

describe("Lambda's refusals", () => {
  const cases: readonly [kind: InvokeOutcome["kind"], status: number, type: string, body: object][] = [
    [
      "throttled",
      429,
      "TooManyRequestsException",
      {
        Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
        Type: "User",
        message: "Rate Exceeded.",
      },
    ],
    [
      "throttled",
      429,
      "TooManyRequestsException:http://internal.amazon.com/coral/",
      { Reason: "CallerRateLimitExceeded", message: "Rate exceeded" },
    ],
    ["throttled", 502, "EC2ThrottledException", { Type: "Service", Message: "throttled" }],
    [
      "too-large",
      413,
      "RequestTooLargeException",
      {
        Type: "User",
        message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
      },
    ],
    [
      "misconfigured",
      404,
      "ResourceNotFoundException",
      { Type: "User", Message: "Function not found: arn:aws:lambda:eu-west-1:1:function:flights" },
    ],
    [
      "misconfigured",
      403,
      "AccessDeniedException",
      { Message: "User is not authorized to perform: lambda:InvokeFunction" },
    ],
    [
      "misconfigured",
      403,
      "UnrecognizedClientException",
      { message: "The security token included in the request is invalid." },
    ],
    [
      "misconfigured",
      403,
      "ExpiredTokenException",
      { message: "The security token included in the request is expired" },
    ],
    [
      "misconfigured",
      400,
      "InvalidRequestContentException",
      { Type: "User", message: "Could not parse request body into json" },
    ],
    [
      "misconfigured",
      502,
      "KMSAccessDeniedException",
      { Type: "Service", Message: "Lambda was unable to decrypt the environment variables" },
    ],
    ["misconfigured", 502, "InvalidSubnetIDException", { Type: "Service", Message: "The subnet is invalid" }],
    ["unavailable", 500, "ServiceException", { Type: "Service", Message: "Internal error" }],
    ["unavailable", 502, "ENILimitReachedException", { Type: "Service", Message: "limit" }],
    ["unavailable", 503, "", {}],
    [
      "unavailable",
      409,
      "ResourceConflictException",
      {
        Type: "User",
        Message:
          "The operation cannot be performed at this time. The function is currently in the following state: Pending",
      },
    ],
    ["unavailable", 408, "EFSMountTimeoutException", { Type: "User", Message: "mount timed out" }],
  ];

  test.each(cases)("are %s when the status is %i and the type is %s", async (kind, status, type, body) => {
    const outcome = await outcomeOf(refusal(status, type, body));
    expect(outcome.kind).toBe(kind);
    if (outcome.kind === "misconfigured" || outcome.kind === "unavailable") {
      expect(outcome.message).toContain(`${status} ${type}`);
      for (const text of Object.values(body).slice(-1)) expect(outcome.message).toContain(text);
    }
  });
});

describe("Lambda's function errors", () => {
  test.each<[string, Reaction, errorType: string, message: string]>([
    [
      "a thrown error",
      functionError("Unhandled", '{"errorType":"RangeError","errorMessage":"too far","trace":[]}'),
      "RangeError",
      "too far",
    ],
    [
      "a returned error",
      functionError("Handled", '{"errorType":"Refused","errorMessage":"no"}'),
      "Refused",
      "no",
    ],
    [
      "a timeout",
      functionError(
        "Unhandled",
        '{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 1 Error: Task timed out after 3.00 seconds"}',
      ),
      "Sandbox.Timedout",
      "RequestId: 1 Error: Task timed out after 3.00 seconds",
    ],
    [
      "a timeout without a type",
      functionError(
        "Unhandled",
        '{"errorMessage":"2026-01-01T00:00:00.000Z 1 Task timed out after 3.00 seconds"}',
      ),
      "Unhandled",
      "2026-01-01T00:00:00.000Z 1 Task timed out after 3.00 seconds",
    ],
    [
      "an exit or a lack of memory",
      functionError(
        "Unhandled",
        '{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 1 Error: Runtime exited with error: signal: killed"}',
      ),
      "Runtime.ExitError",
      "RequestId: 1 Error: Runtime exited with error: signal: killed",
    ],
    ["a body that is not JSON", functionError("Unhandled", "oops"), "Unhandled", "oops"],
  ])("are a death: %s", async (_what, reaction, errorType, message) => {
    expect(await outcomeOf(reaction)).toEqual({ kind: "died", errorType, message });
  });
});

describe("a connection to Lambda", () => {
  test("is unavailable when nothing listens", async () => {
    const stub = await startLambdaApiStub(() => {});
    await stub.close();
    expect(await invokeAt(stub.endpoint)).toMatchObject({ kind: "unavailable" });
  });

  test("is unavailable when it breaks before the answer", async () => {
    expect(await outcomeOf((request) => request.socket.destroy())).toMatchObject({ kind: "unavailable" });
  });

  test("is unavailable when it breaks within the answer", async () => {
    const outcome = await outcomeOf((request, response) => {
      response.writeHead(200, { "content-length": "100" }).write('{"half":', () => request.socket.destroy());
    });
    expect(outcome).toMatchObject({ kind: "unavailable" });
  });

  test("is timed out when the answer does not come", async () => {
    expect(await outcomeOf(() => {}, 200)).toEqual({ kind: "timed-out" });
  });

  test("is timed out when the answer begins and does not end", async () => {
    const outcome = await outcomeOf((_request, response) => response.writeHead(200).write("{"), 200);
    expect(outcome).toEqual({ kind: "timed-out" });
  });

  test("is unavailable when the request could not be sent in time", async () => {
    // Accepts nothing and reads nothing: a request larger than the kernel's buffers never leaves whole.
    const server = createServer({ pauseOnConnect: true });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const sockets: { destroy(): void }[] = [];
    server.on("connection", (socket) => sockets.push(socket));
    const invoker = new LambdaFunctionInvoker({
      endpoint: `http://127.0.0.1:${port}`,
      region: "eu-west-1",
      credentials: CREDENTIALS,
    });
    const payload = JSON.stringify("x".repeat(6_000_000));
    expect(await invoker.invoke("flights", payload, { timeoutMs: 300 })).toMatchObject({
      kind: "unavailable",
    });
    invoker.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
});

describe("a request to Lambda", () => {
  test("is signed for the function, waits for the answer and carries the payload as it is", async () => {
    const seen = Promise.withResolvers<{ url?: string; headers: NodeJS.Dict<string | string[]> }>();
    const outcome = await outcomeOf((request, response) => {
      seen.resolve({ url: request.url ?? "", headers: request.headers });
      response.end("[]");
    });
    expect(outcome).toEqual({ kind: "answered", payload: "[]" });
    const { url, headers } = await seen.promise;
    expect(url).toBe("/2015-03-31/functions/flights/invocations");
    expect(headers["authorization"]).toMatch(
      /^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/eu-west-1\/lambda\/aws4_request/,
    );
    expect(headers["content-length"]).toBe("7");
    expect(headers["x-amz-invocation-type"] ?? "RequestResponse").toBe("RequestResponse");
  });

  test("is misconfigured without credentials, and made once there are some", async () => {
    let known = false;
    const stub = await startLambdaApiStub((_request, response) => response.end("1"));
    const invoker = new LambdaFunctionInvoker({
      endpoint: stub.endpoint,
      region: "eu-west-1",
      credentials: async () => {
        if (known) return CREDENTIALS;
        throw new Error("no credentials here");
      },
    });
    const first = await invoker.invoke("flights", "{}", { timeoutMs: 60_000 });
    expect(first).toMatchObject({
      kind: "misconfigured",
      message: expect.stringContaining("no credentials"),
    });
    known = true;
    const second = await invoker.invoke("flights", "{}", { timeoutMs: 60_000 });
    expect(second).toEqual({ kind: "answered", payload: "1" });
    invoker.close();
    await stub.close();
  });
});
