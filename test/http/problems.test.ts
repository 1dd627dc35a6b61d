import { afterAll, beforeAll, expect, test } from "vitest";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import { apiHandler } from "../../lib/http/api-handler.ts";
import type { ApiSetup } from "../../lib/http/api-setup.ts";
import { fetchHandler } from "../../lib/http/fetch-handler.ts";
import type { InvokeOutcome } from "../../lib/ports/function-invoker.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { type Answered, caller, startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await call("POST", "/workflows/Visit", { id: "waits", method: "wait" });
  await call("POST", "/workflows/Visit/waits/methods/nothing", {}, WAIT);
  await call("POST", "/workflows/Visit", { id: "ended", method: "nothing" }, WAIT);
});
afterAll(() => world.close());

const WAIT = { prefer: "wait=20" };
const call = (...args: Parameters<World["call"]>) => world.call(...args);

function expectProblem(answer: Answered, status: number, code: string): void {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.body).toMatchObject({ code, status, title: expect.any(String), detail: expect.any(String) });
  expect(answer.body).toHaveProperty(
    "type",
    `urn:infinitic:error:${code.toLowerCase().replaceAll("_", "-")}`,
  );
  expect(answer.status).toBe(status);
  const { error: _, ...own } = answer.body; // what a query's code threw has its stack
  expect(JSON.stringify(own)).not.toMatch(/\\n\s+at /);
}

const LONG = "x".repeat(129);
const HUGE = JSON.stringify({ args: ["x".repeat(6_000_000)] });
const DEEP = `{"args":[${"[".repeat(50_000)}${"]".repeat(50_000)}]}`;

test.each<[string, string, string, unknown, number, string]>([
  ["an unknown workflow", "POST", "/workflows/Nope", {}, 404, "UNKNOWN_WORKFLOW"],
  [
    "a workflow named like a property of objects",
    "POST",
    "/workflows/__proto__",
    {},
    404,
    "UNKNOWN_WORKFLOW",
  ],
  ["an unknown id", "GET", "/workflows/Visit/nobody", undefined, 404, "WORKFLOW_UNKNOWN"],
  ["an unknown id's result", "GET", "/workflows/Visit/nobody/result", undefined, 404, "WORKFLOW_UNKNOWN"],
  ["an unknown id's history", "GET", "/workflows/Visit/nobody/history", undefined, 404, "WORKFLOW_UNKNOWN"],
  [
    "an unknown id's query",
    "GET",
    "/workflows/Visit/nobody/queries/phase",
    undefined,
    404,
    "WORKFLOW_UNKNOWN",
  ],
  ["an unknown route", "GET", "/nowhere/at/all", undefined, 404, "UNKNOWN_ROUTE"],
  ["the root", "GET", "/", undefined, 404, "UNKNOWN_ROUTE"],
  ["an unknown call of an instance", "POST", "/workflows/Visit/waits/explode", {}, 404, "UNKNOWN_ROUTE"],
  ["malformed JSON", "POST", "/workflows/Visit", '{"args": [', 400, "INVALID_JSON"],
  ["JSON nested without end", "POST", "/workflows/Visit", DEEP, 400, "INVALID_JSON"],
  ["a body that is no object", "POST", "/workflows/Visit", "[]", 400, "INVALID_REQUEST"],
  ["arguments that are no list", "POST", "/workflows/Visit", { args: "Ann" }, 400, "INVALID_REQUEST"],
  ["an id of the wrong type", "POST", "/workflows/Visit", { id: 7 }, 400, "INVALID_REQUEST"],
  ["an id with a slash in the body", "POST", "/workflows/Visit", { id: "a/b" }, 400, "INVALID_REQUEST"],
  ["an id of two dots in the body", "POST", "/workflows/Visit", { id: ".." }, 400, "INVALID_REQUEST"],
  ["an unknown key", "POST", "/workflows/Visit", { argz: [] }, 400, "INVALID_REQUEST"],
  [
    "an unknown key of a signal",
    "POST",
    "/workflows/Visit/waits/channels/approved",
    { value: 1 },
    400,
    "INVALID_REQUEST",
  ],
  ["a method of no such name", "POST", "/workflows/Visit", { method: "a b" }, 400, "INVALID_REQUEST"],
  ["tags that are no texts", "POST", "/workflows/Visit", { tags: [1] }, 400, "INVALID_REQUEST"],
  ["a percent-encoded slash", "GET", "/workflows/Visit/a%2Fb", undefined, 400, "INVALID_REQUEST"],
  ["a percent-encoded way up", "GET", "/workflows/Visit/..%2F..%2Fetc", undefined, 400, "INVALID_REQUEST"],
  ["a NUL", "GET", "/workflows/Visit/a%00b", undefined, 400, "INVALID_REQUEST"],
  [
    "an id in another alphabet",
    "GET",
    `/workflows/Visit/${encodeURIComponent("été")}`,
    undefined,
    400,
    "INVALID_REQUEST",
  ],
  ["an id of 129 characters", "GET", `/workflows/Visit/${LONG}`, undefined, 400, "INVALID_REQUEST"],
  ["broken percent-encoding", "GET", "/workflows/Visit/%E0%A4%A", undefined, 400, "INVALID_REQUEST"],
  [
    "a limit that is no number",
    "GET",
    "/workflows/Visit/waits/history?limit=all",
    undefined,
    400,
    "INVALID_REQUEST",
  ],
  [
    "a cursor of another kind",
    "GET",
    "/workflows/Visit/waits/history?cursor=-1",
    undefined,
    400,
    "INVALID_REQUEST",
  ],
  [
    "an unknown parameter",
    "GET",
    "/workflows/Visit/waits/result?methodid=a",
    undefined,
    400,
    "INVALID_REQUEST",
  ],
  [
    "query arguments that are no JSON",
    "GET",
    "/workflows/Visit/waits/queries/phase?args=[",
    undefined,
    400,
    "INVALID_REQUEST",
  ],
  [
    "query arguments that are no list",
    "GET",
    "/workflows/Visit/waits/queries/phase?args=1",
    undefined,
    400,
    "INVALID_REQUEST",
  ],
  ["a body of 6 MB", "POST", "/workflows/Visit", HUGE, 413, "BODY_TOO_LARGE"],
  ["an unknown query", "GET", "/workflows/Visit/waits/queries/nope", undefined, 404, "UNKNOWN_QUERY"],
  [
    "a channel that is queried",
    "GET",
    "/workflows/Visit/waits/queries/approved",
    undefined,
    404,
    "UNKNOWN_QUERY",
  ],
  ["a query that throws", "GET", "/workflows/Visit/waits/queries/broken", undefined, 422, "QUERY_FAILED"],
  ["a method call after the end", "POST", "/workflows/Visit/ended/methods/run", {}, 409, "WORKFLOW_ENDED"],
])("%s: a problem", async (_title, method, path, body, status, code) => {
  expectProblem(await call(method, path, body), status, code);
});

test("a verb that a path does not know is a 405 with those that it does", async () => {
  const answers = await Promise.all([
    call("DELETE", "/workflows/Visit"),
    call("POST", "/workflows/Visit/waits", {}),
    call("PUT", "/health", {}),
  ]);
  for (const answer of answers) expectProblem(answer, 405, "UNKNOWN_ROUTE");
  expect(answers.map(({ headers }) => headers.get("allow"))).toEqual([
    "POST, OPTIONS",
    "GET, HEAD, OPTIONS",
    "GET, HEAD, OPTIONS",
  ]);
});

test("a problem says what is wrong where, briefly", async () => {
  const answer = await call("POST", "/workflows/Visit", { args: {}, tags: [1], ["y".repeat(10_000)]: 1 });
  expectProblem(answer, 400, "INVALID_REQUEST");
  expect(answer.body).toMatchObject({
    errors: [
      { pointer: "#/args", detail: expect.stringContaining("expected array") },
      { pointer: "#/tags/0", detail: expect.stringContaining("expected string") },
      { pointer: "#", detail: expect.stringContaining("Unrecognized key") },
    ],
  });
  expect(JSON.stringify(answer.body).length).toBeLessThan(2_000);
});

test("EDG-53 what a query threw is told, with its stack", async () => {
  const { body } = await call("GET", "/workflows/Visit/waits/queries/broken");
  const stack = expect.stringMatching(/^RangeError: out of phase\n\s+at .*world\.ts/);
  expect(body.error).toEqual({ name: "RangeError", message: "out of phase", stack });
});

test("a body that is sent as bytes is decoded, measured decoded, and must be UTF-8", async () => {
  const headers = { "content-type": "application/octet-stream", ...WAIT };
  expect((await call("POST", "/workflows/Visit", { method: "nothing" }, headers)).status).toBe(200);
  expectProblem(await call("POST", "/workflows/Visit", HUGE, headers), 413, "BODY_TOO_LARGE");
  const fits = JSON.stringify({ args: ["x".repeat(200_000)] });
  expect((await call("POST", "/workflows/Visit", fits, headers)).status).toBe(200);
  const response = await world.fetch("http://api/workflows/Visit", {
    method: "POST",
    headers,
    body: Uint8Array.from([0x22, 0xff, 0x22]),
  });
  expect([response.status, await response.json()]).toMatchObject([400, { code: "INVALID_JSON" }]);
});

test("an Idempotency-Key that is no id is refused; quotes are a matter of taste", async () => {
  for (const key of ["a b", "a:b", "x".repeat(129), "", '"'])
    expectProblem(
      await call("POST", "/workflows/Visit", {}, { "idempotency-key": key }),
      400,
      "INVALID_REQUEST",
    );
  const plain = await call("POST", "/workflows/Visit", {}, { "idempotency-key": "key-1" });
  const quoted = await call("POST", "/workflows/Visit", {}, { "idempotency-key": '"key-1"' });
  expect(quoted.body.workflowId).toBe(plain.body.workflowId);
});

test("a method call cannot take the id of the main method", async () => {
  const answer = await call("POST", "/workflows/Visit/waits/methods/run", {}, { "idempotency-key": "main" });
  expectProblem(answer, 400, "INVALID_REQUEST");
});

test("a malformed Prefer is ignored", async () => {
  const answers = await Promise.all(
    ["wait", "wait=", "wait=soon", "wait=-1", "wait=0", "=;,", "respond-async"].map((prefer) =>
      call("GET", "/workflows/Visit/waits/result", undefined, { prefer }),
    ),
  );
  expect(answers.map(({ status, headers }) => [status, headers.get("preference-applied")])).toEqual(
    Array(7).fill([202, null]),
  );
});

/** An API by itself: no engine answers, and time is pushed. */
function lonelyApi(setup: Partial<ApiSetup> = {}) {
  const clock = new ManualClock();
  const log: string[] = [];
  const handler = apiHandler({
    broker: { publish: async () => "1" },
    stateStore: world.stateStore,
    payloadStore: world.payloadStore,
    tagIndex: world.tagIndex,
    idempotencyKeys: world.idempotencyKeys,
    pastRuns: world.pastRuns,
    invoker: world.invoker,
    workflows: { Visit: { functionName: "visit" } },
    clock,
    log: (line) => log.push(line),
    ...setup,
  });
  const call = caller(fetchHandler(handler));
  return { clock, log, call };
}

/** Pushes the clock from sleep to sleep until the answer is there; gives it and the milliseconds that passed. */
async function pushed<T>(clock: ManualClock, answer: Promise<T>): Promise<{ answer: T; passedMs: number }> {
  const from = clock.now();
  let done = false;
  const watched = answer.finally(() => {
    done = true;
  });
  while (!done) await clock.advance(clock.nextDueAt === undefined ? 0 : clock.nextDueAt - clock.now());
  return { answer: await watched, passedMs: clock.now() - from };
}

test("waiting on an id that never starts: unknown after 10 s", async () => {
  for (const [method, path] of [
    ["GET", "/workflows/Visit/never/result"],
    ["POST", "/workflows/Visit/never/methods/run"],
    ["POST", "/workflows/Visit/never/cancel"],
  ] as const) {
    const { clock, call } = lonelyApi();
    const body = method === "POST" ? {} : undefined;
    const { answer, passedMs } = await pushed(clock, call(method, path, body, { prefer: "wait=20" }));
    expectProblem(answer, 404, "WORKFLOW_UNKNOWN");
    expect(passedMs).toBeGreaterThanOrEqual(10_000);
    expect(passedMs).toBeLessThan(11_001);
  }
});

test("a start that was accepted is never unknown, and waits 25 s at most", async () => {
  const { clock, call } = lonelyApi();
  const { answer, passedMs } = await pushed(
    clock,
    call("POST", "/workflows/Visit", {}, { prefer: "wait=1000" }),
  );
  expect(answer.status).toBe(202);
  expect(answer.headers.get("preference-applied")).toBe("wait=25");
  expect(passedMs).toBe(25_000);
});

test("a wait reads ever less often, from 50 ms to 1 s", async () => {
  const reads: number[] = [];
  const clock = new ManualClock();
  const { stateStore } = world;
  const { call } = lonelyApi({
    clock,
    stateStore: {
      load: (key) => {
        reads.push(clock.now());
        return stateStore.load(key);
      },
      commit: stateStore.commit.bind(stateStore),
      putChunk: stateStore.putChunk.bind(stateStore),
      loadChunks: stateStore.loadChunks.bind(stateStore),
      deleteRun: stateStore.deleteRun.bind(stateStore),
    },
  });
  await pushed(clock, call("GET", "/workflows/Visit/waits/result", undefined, { prefer: "wait=5" }));
  const delays = reads.slice(1).map((at, index) => at - (reads[index] as number));
  expect(delays).toEqual([50, 100, 200, 400, 800, 1_000, 1_000, 1_000, 450]);
});

test("a broker that does not confirm in time is unavailable: try again later", async () => {
  const { clock, call, log } = lonelyApi({ broker: { publish: () => new Promise(() => {}) } });
  const { answer } = await pushed(clock, call("POST", "/workflows/Visit", {}));
  expectProblem(answer, 503, "BROKER_UNAVAILABLE");
  expect(answer.headers.get("retry-after")).toBe("1");
  expect(log).toHaveLength(1);
});

test("a message that the broker does not take is the caller's affair", async () => {
  const publish = async (): Promise<never> => {
    throw new InfiniticError("MESSAGE_TOO_LARGE", "expected at most 700 KB, got more");
  };
  const { call } = lonelyApi({ broker: { publish } });
  expectProblem(await call("POST", "/workflows/Visit", {}), 413, "MESSAGE_TOO_LARGE");
});

test("an error that nobody expected is a 500 without its details, which are logged", async () => {
  const publish = async (): Promise<never> => {
    throw new TypeError("secret detail");
  };
  const { call, log } = lonelyApi({ broker: { publish } });
  const answer = await call("POST", "/workflows/Visit", {});
  expectProblem(answer, 500, "INTERNAL");
  expect(JSON.stringify(answer.body)).not.toContain("secret");
  expect(log).toEqual([expect.stringContaining("secret detail")]);
  const { requestId } = JSON.parse(log[0] as string);
  expect(answer.body).toHaveProperty("instance", `urn:uuid:${requestId}`);
});

test.each<[InvokeOutcome, number, string]>([
  [{ kind: "throttled" }, 503, "FUNCTION_UNAVAILABLE"],
  [{ kind: "unavailable", message: "no route" }, 503, "FUNCTION_UNAVAILABLE"],
  [{ kind: "timed-out" }, 504, "FUNCTION_UNAVAILABLE"],
  [{ kind: "too-large" }, 413, "MESSAGE_TOO_LARGE"],
  [{ kind: "died", errorType: "Runtime.ExitError", message: "exit 1" }, 500, "INTERNAL"],
  [{ kind: "misconfigured", message: "no such function" }, 500, "INTERNAL"],
])("a function that gives no answer to a query (%o): a problem", async (outcome, status, code) => {
  const { call } = lonelyApi({ invoker: { invoke: async () => outcome } });
  expectProblem(await call("GET", "/workflows/Visit/waits/queries/phase"), status, code);
});
