import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InfiniticClient } from "../../lib/client/client.ts";
import { fetchHandler, type GatewayHandler } from "../../lib/http/fetch-handler.ts";
import { ROUTES } from "../../lib/http/routes.ts";
import { caller, startWorld, Visit, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const WAIT = { prefer: "wait=20" };
let count = 0;
const newId = (): string => `based-${++count}`;

type RequestContext = APIGatewayProxyEventV2["requestContext"];

/** The API as a gateway shows it whose events have another context. */
function behind(context: Partial<RequestContext>): GatewayHandler {
  return (event, lambda) =>
    world.handler({ ...event, requestContext: { ...event.requestContext, ...context } }, lambda);
}

/** The API below a path that a proxy leaves out. */
function hidden(base: string, context: Partial<RequestContext>): ReturnType<typeof fetchHandler> {
  const fetch = fetchHandler(behind(context));
  return (input, init) => {
    const { origin, pathname, search } = new URL(String(input));
    return fetch(`${origin}${pathname.replace(base, "")}${search}`, init);
  };
}

async function startBelow(call: World["call"], base: string, slash = "") {
  const id = newId();
  const path = `${base}/workflows/Visit${slash}`;
  const { status, headers } = await call("POST", path, { id, args: ["Ann"] }, WAIT);
  return { id, path, status, location: headers.get("location") ?? "" };
}

describe("EDG-84 the API below a base path", () => {
  test.each(["", "/v1", "/api/v1", "/prod", "/a.b-c_d~e", "/tenant@7", "/workflows-v1", "/%C3%A9"])(
    "%j answers every call, and tells addresses below it",
    async (base) => {
      const { id, status, location } = await startBelow(world.call, base);
      expect([status, location]).toEqual([200, `${base}/workflows/Visit/${id}`]);
      const described = await world.call("GET", location);
      expect([described.status, described.body.workflowId]).toEqual([200, id]);
      const health = await world.call("GET", `${base}/health`);
      expect([health.status, health.body.status]).toEqual([200, "ok"]);
    },
  );

  test("tells where a method's result and a task are", async () => {
    const { id } = await startBelow(world.call, "/v1");
    await world.call("POST", "/v1/workflows/Visit", { id: `${id}-open`, method: "wait" });
    const path = `/v1/workflows/Visit/${id}-open/methods/nothing`;
    const method = await world.call("POST", path, {}, WAIT);
    expect(method.headers.get("location")).toMatch(
      new RegExp(`^/v1/workflows/Visit/${id}-open/result\\?methodId=`),
    );
    const task = await world.call("POST", "/v1/services/Desk/greet", { args: ["Bea"] }, WAIT);
    expect(task.headers.get("location")).toBe(`/v1/tasks/${task.body.taskId}`);
    for (const { headers } of [method, task])
      expect((await world.call("GET", headers.get("location") ?? "", undefined, WAIT)).status).toBe(200);
  });

  test("takes the typed client, whose url may end in a slash", async () => {
    for (const url of ["http://api/v1", "http://api/v1/", "http://api/v1//"]) {
      const client = new InfiniticClient({ url, fetch: world.fetch });
      expect(await client.newWorkflow(Visit, { id: newId() }).run("Cyd")).toBe("hello Cyd");
    }
  });

  test("describes itself as being there", async () => {
    for (const [base, url] of [
      ["", "/"],
      ["/v1", "/v1"],
      ["/api/v1", "/api/v1"],
    ] as const) {
      const response = await world.fetch(`http://api${base}/openapi.json`);
      expect(await response.json()).toMatchObject({ servers: [{ url }] });
    }
  });

  test("takes a path with a slash at its end", async () => {
    const { status, location, id } = await startBelow(world.call, "/v1", "/");
    expect([status, location]).toEqual([200, `/v1/workflows/Visit/${id}`]);
    expect((await world.call("GET", `${location}/`)).status).toBe(200);
  });

  test.each([
    "//workflows/Visit",
    "/v1//workflows/Visit",
    "/workflows//Visit",
    "/v1/nowhere",
    "/v1",
    "//api/x",
  ])("%s is no call", async (path) => {
    const answer = await world.call("POST", path, {});
    expect([answer.status, answer.body.code, answer.headers.get("location")]).toEqual([
      404,
      "UNKNOWN_ROUTE",
      null,
    ]);
  });

  test("an unknown call of an instance is none below another path", async () => {
    expect((await world.call("GET", "/workflows/Visit/x/explode/health")).status).toBe(404);
  });
});

describe("EDG-84 the API in a stage", () => {
  test.each(["prod", "v1", "workflows", "tasks", "health"])("called %s works", async (stage) => {
    const fetch = fetchHandler(behind({ stage }));
    const call = caller(fetch);
    const { status, location, id } = await startBelow(call, `/${stage}`);
    expect([status, location]).toEqual([200, `/${stage}/workflows/Visit/${id}`]);
    expect((await call("GET", location)).body.workflowId).toBe(id);
    // To the caller of the tests, `/tasks/health` is a task.
    expect(await (await fetch(`http://api/${stage}/health`)).json()).toEqual({ status: "ok" });
  });
});

describe("EDG-84 the API on a domain of one's own", () => {
  const DOMAIN = { apiId: "a1b2", domainName: "api.example.com", domainPrefix: "api" };

  test.each([
    ["a mapping that nobody is told", "/shop", {}, "", ""],
    ["no mapping's key", "", {}, "", ""],
    ["a path with a slash at its end", "/shop", {}, "", "/"],
    ["a proxy's path before it", "/shop", {}, "/v1", ""],
  ])("tells addresses that hold with %s", async (_what, base, context, rest, slash) => {
    const fetch = hidden(base, { ...DOMAIN, ...context });
    const call = caller(fetch);
    const { status, location, id, path } = await startBelow(call, `${base}${rest}`, slash);
    expect(status).toBe(200);
    const { pathname } = new URL(location, `http://api${path}`);
    expect(pathname).toBe(`${base}${rest}/workflows/Visit/${id}`);
    const document = await fetch(`http://api${base}${rest}/openapi.json`);
    const { servers } = (await document.json()) as { servers: readonly { url: string }[] };
    const server = new URL(servers[0]?.url ?? "", `http://api${base}${rest}/openapi.json`).pathname;
    expect(server.replace(/\/$/, "")).toBe(`${base}${rest}`);
  });

  test("tells addresses that hold for a stage that stands in the events' paths alone", async () => {
    const id = newId();
    const fetch = fetchHandler((event, lambda) => {
      const { http } = event.requestContext;
      return behind({ ...DOMAIN, stage: "prod", http: { ...http, path: `/prod${http.path}` } })(
        event,
        lambda,
      );
    });
    const { headers } = await caller(fetch)("POST", "/workflows/Visit", { id, args: ["Ann"] }, WAIT);
    const { pathname } = new URL(headers.get("location") ?? "", "http://api/workflows/Visit");
    expect(pathname).toBe(`/workflows/Visit/${id}`);
  });
});

describe("EDG-89 HEAD and OPTIONS", () => {
  const GETS = ROUTES.filter(({ method }) => method === "GET").map(({ path }) => path);
  const filled = (path: string, id: string): string =>
    path
      .replace("{workflow}", "Visit")
      .replace("{id}", id)
      .replace("{query}", "phase")
      .replace("{tag}", "vip")
      .replace("{taskId}", "unknown");

  test.each(GETS)("HEAD %s answers as GET does, without a body", async (path) => {
    const { id } = await startBelow(world.call, "");
    const url = `http://api${filled(path, id)}`;
    const [got, head] = await Promise.all([world.fetch(url), world.fetch(url, { method: "HEAD" })]);
    expect([head.status, Object.fromEntries(head.headers)]).toEqual([
      got.status,
      Object.fromEntries(got.headers),
    ]);
    expect(await head.text()).toBe("");
    await got.body?.cancel();
  });

  test.each([
    ["an unknown call", "/nowhere", 404],
    ["an unknown instance", "/workflows/Visit/nobody", 404],
    ["a call that only POST makes", "/workflows/Visit", 405],
  ])("HEAD of %s answers its problem's status, without a body", async (_what, path, status) => {
    const answer = await world.fetch(`http://api${path}`, { method: "HEAD" });
    expect([answer.status, await answer.text()]).toEqual([status, ""]);
  });

  test.each([
    ["/health", "GET, HEAD, OPTIONS"],
    ["/v1/health/", "GET, HEAD, OPTIONS"],
    ["/workflows", "GET, HEAD, OPTIONS"],
    ["/workflows/Visit", "POST, OPTIONS"],
    ["/workflows/Visit/x", "GET, HEAD, OPTIONS"],
    ["/workflows/Visit/x/cancel", "POST, OPTIONS"],
  ])("OPTIONS %s tells what it takes", async (path, allow) => {
    const answer = await world.fetch(`http://api${path}`, { method: "OPTIONS" });
    expect([answer.status, answer.headers.get("allow"), await answer.text()]).toEqual([204, allow, ""]);
  });

  test("OPTIONS of an unknown path is a 404", async () => {
    expect((await world.fetch("http://api/nowhere", { method: "OPTIONS" })).status).toBe(404);
  });
});

describe("EDG-89 a body over HTTP", () => {
  const post = async (text: string, contentType?: string) => {
    const response = await world.fetch("http://api/workflows/Visit", {
      method: "POST",
      body: new TextEncoder().encode(text), // of bytes, fetch makes up no content-type
      headers: { ...WAIT, ...(contentType !== undefined && { "content-type": contentType }) },
    });
    return [response.status, ((await response.json()) as { result?: unknown; code?: string }).result];
  };

  test.each([
    "application/json",
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"',
    "application/json; charset=ascii",
    "application/vnd.shop+json",
    "text/plain; charset=utf-8",
    "application/octet-stream", // which API Gateway hands on in base64
    undefined,
  ])("of %s may have a byte order mark", async (contentType) => {
    expect(await post(`\uFEFF{"args":["Zoë"]}`, contentType)).toEqual([200, "hello Zoë"]);
    expect(await post(`{"args":["Zoë"]}`, contentType)).toEqual([200, "hello Zoë"]);
  });
});

test("whatever is no event of an HTTP API is told in the log", async () => {
  const context = { awsRequestId: "r-1", getRemainingTimeInMillis: () => 1_000 } as never;
  for (const event of [{}, { version: "1.0", httpMethod: "GET", path: "/health" }]) {
    const result = await world.handler(event as never, context);
    expect(result.statusCode).toBe(500);
    expect(world.log.at(-1)).toContain("payload format 2.0");
  }
});
