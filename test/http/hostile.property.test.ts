import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ERRORS } from "../../lib/core/values/errors.ts";
import { type Answered, startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** Whatever callers send: an answer in JSON, and never one that blames the system or shows its insides. */
function expectCivil(answer: Answered): void {
  expect(answer.status).toBeLessThan(500);
  expect(JSON.stringify(answer.body)).not.toMatch(/\\n\s+at /);
  if (answer.status < 400) return;
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.body.status).toBe(answer.status);
  expect(Object.keys(ERRORS)).toContain(answer.body.code);
}

const segment = fc.oneof(
  fc.string({ unit: "binary", maxLength: 150 }).map(encodeWhole),
  fc.webPath().map((path) => encodeURIComponent(path)),
  fc.constantFrom("%", "%zz", "%2F", "%2e%2e%2f", "%00", "%25%30%30", "constructor", "__proto__", "~", "@"),
);
const prefix = fc.constantFrom("/workflows/Visit", "/workflows/Visit/by-tag", "/services/Desk", "/tasks");
const verb = fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS");

function encodeWhole(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

async function answerTo(method: string, path: string) {
  const response = await world.fetch(`http://api${path}`, { method });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

test("any path gets a civil answer", async () => {
  const path = fc.oneof(
    fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join("/")}`),
    fc
      .array(segment, { minLength: 1, maxLength: 4 })
      .chain((segments) => prefix.map((before) => `${before}/${segments.join("/")}`)),
  );
  await fc.assert(
    fc.asyncProperty(verb, path, async (method, path) => {
      const { status, headers, ...response } = await answerTo(method, path);
      if (method === "HEAD") {
        expect([status < 500, response.text]).toEqual([true, ""]);
        return;
      }
      if (status === 204) {
        expect([method, headers.get("allow")]).toEqual(["OPTIONS", expect.any(String)]);
        return;
      }
      expectCivil({ status, headers, body: JSON.parse(response.text) });
    }),
    { numRuns: 300 },
  );
});

test("any body gets a civil answer", async () => {
  const paths = fc.constantFrom(
    "/workflows/Visit",
    "/workflows/Visit/early/methods/run",
    "/workflows/Visit/early/channels/approved",
    "/workflows/Visit/early/cancel",
    "/workflows/Visit/by-tag/vip/methods/nothing",
    "/workflows/Visit/by-tag/methods/nothing",
    "/services/Desk/greet",
    "/tasks/Visit:early:r:0.0/fail",
  );
  const body = fc.oneof(
    fc.json(),
    fc.string(),
    fc
      .record(
        {
          id: fc.oneof(fc.string(), fc.jsonValue()),
          method: fc.oneof(
            fc.string(),
            fc.constantFrom("run", "constructor", "__proto__", "then"),
            fc.jsonValue(),
          ),
          args: fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()),
          tags: fc.oneof(fc.array(fc.string()), fc.jsonValue()),
          meta: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
          signal: fc.jsonValue(),
          customId: fc.oneof(fc.string(), fc.jsonValue()),
          timeout: fc.oneof(fc.double(), fc.string(), fc.jsonValue()),
          error: fc.jsonValue(),
          methodId: fc.oneof(fc.string(), fc.jsonValue()),
        },
        { requiredKeys: [] },
      )
      .map((value) => JSON.stringify(value)),
  );
  await fc.assert(
    fc.asyncProperty(paths, body, async (path, body) => expectCivil(await world.call("POST", path, body))),
    { numRuns: 300 },
  );
});

test("any header gets a civil answer", async () => {
  const value = fc.string({ unit: "grapheme-ascii", maxLength: 300 }).map((text) => text.trim());
  await fc.assert(
    fc.asyncProperty(value, value, async (key, traceparent) => {
      const headers = { "idempotency-key": key, traceparent };
      expectCivil(await world.call("POST", "/workflows/Visit/headed/cancel", {}, headers));
    }),
    { numRuns: 200 },
  );
});

test("any query string gets a civil answer", async () => {
  const name = fc.constantFrom("args", "cursor", "limit", "methodId", "__proto__", "x");
  const text = fc.array(fc.tuple(name, fc.oneof(fc.string({ unit: "binary" }), fc.json())), { maxLength: 4 });
  const path = fc.constantFrom("", "/result", "/history", "/queries/phase");
  await fc.assert(
    fc.asyncProperty(path, text, async (path, pairs) => {
      const search = pairs.map(([name, value]) => `${name}=${encodeWhole(value)}`).join("&");
      expectCivil(await world.call("GET", `/workflows/Visit/queried${path}?${search}`));
    }),
    { numRuns: 300 },
  );
});
