import fc from "fast-check";
import { HOSTILE, mutated, nested } from "./hostile.ts";
import { type Endpoint, endpointsOf, fitting, type OpenApi } from "./open-api.ts";

/** One HTTP call, as it goes over the wire. */
export interface WireCall {
  readonly verb: string;
  /** With its query; `{task}` stands for a task that is known by then. */
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: Uint8Array;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Names of the sample, and ids and tags that come again and again, so that calls meet; the usual one first. */
const KNOWN: { readonly [name: string]: readonly string[] } = {
  workflow: ["Booking", "infinitic-task", "constructor"],
  id: ["fuzz-1", "fuzz-2", "fuzz-3", "~@._-", "__proto__"],
  tag: ["vip", "a/b", "50 %", "%2F", "ü🦥", "#?&=", "__proto__", "."],
  method: ["book", "reserve", "cancel", "reserveByPhone", "charge", "unknown", "__proto__"],
  channel: ["approval", "other"],
  query: ["progress", "unknown"],
  service: ["Flights", "Hotels", "Payments"],
  taskId: ["{task}", "Booking:fuzz-1:r:0.0", ":::"],
};

/** Segments that are no text, or lead elsewhere. */
const ODD_SEGMENTS = ["%", "%zz", "%2e%2e%2f", "%00", "%25%30%30", "%E0%A4%A", "..;", "a".repeat(2_000)];

function segment(name: string): fc.Arbitrary<string> {
  const known = (KNOWN[name] ?? []).map((one) => (one === "{task}" ? one : encodeURIComponent(one)));
  const [usual = "", ...others] = known;
  return fc.oneof(
    { weight: 30, arbitrary: fc.constant(usual) },
    { weight: 15, arbitrary: fc.constantFrom(usual, ...others) },
    { weight: 2, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 150 }).map(escaped) },
    fc.constantFrom(...ODD_SEGMENTS),
  );
}

const escaped = (value: string): string => encodeURIComponent(value.toWellFormed());

function pathOf({ path }: Endpoint): fc.Arbitrary<string> {
  const parts = path
    .split(/(\{\w+\})/)
    .map((part) => (part.startsWith("{") ? segment(part.slice(1, -1)) : fc.constant(part)));
  return fc.tuple(...parts).map((all) => all.join(""));
}

function queryOf({ parameters }: Endpoint, document: OpenApi): fc.Arbitrary<string> {
  const known = parameters.filter((parameter) => parameter.in === "query");
  const pair = known.map(({ name, schema }) =>
    fc
      .oneof(
        { weight: 3, arbitrary: fitting(schema, document) },
        fc.constantFrom<unknown>(
          ...(KNOWN[name] ?? []),
          '[{"__proto__":1}]',
          "[1e999]",
          "2026-02-30",
          "-1",
          "",
        ),
        fc.string({ unit: "binary", maxLength: 60 }),
      )
      .map((value) => `${name}=${escaped(String(value))}`),
  );
  const any = fc.constantFrom("x=1", "__proto__=1", "=", "&&", "%=%zz");
  if (pair.length === 0) return fc.oneof({ weight: 20, arbitrary: fc.constant("") }, any);
  return fc
    .array(fc.oneof({ weight: 8, arbitrary: fc.oneof(...pair) }, any), { maxLength: 3 })
    .map((pairs) => pairs.join("&"));
}

const PLAIN = { "content-type": "application/json" };
const oddHeaders = fc.record(
  {
    "content-type": fc.constantFrom(
      "application/json; charset=utf-16",
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data",
      "multipart/form-data; boundary=x",
      "application/octet-stream",
      "nonsense",
    ),
    "content-encoding": fc.constantFrom("gzip", "nonsense"),
    "idempotency-key": fc.constantFrom(" ", "a/b", "x".repeat(129), "__proto__"),
    prefer: fc.constantFrom("wait=", "wait=-1", "wait=1e9", "respond-async", "=", "wait=1, wait=x"),
    "accept-encoding": fc.constantFrom("gzip", "identity", "*", "br;q=0"),
    accept: fc.constantFrom("*/*", "text/html", "nonsense"),
    traceparent: fc.constantFrom("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-zz", " "),
    "x-http-method-override": fc.constantFrom("DELETE"),
  },
  { requiredKeys: [] },
);
const headersOf: fc.Arbitrary<WireCall["headers"]> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(PLAIN) },
  {
    weight: 3,
    arbitrary: fc
      .record({
        "idempotency-key": fc.constantFrom("k1", "k2", "k3"),
        prefer: fc.constantFrom("wait=0", "wait=1"),
      })
      .map((more) => ({ ...PLAIN, ...more })),
  },
  oddHeaders.map((more) => ({ ...PLAIN, ...more })),
);

/** Bodies that are no JSON of any schema. */
const ODD_BODIES: readonly Uint8Array[] = [
  text(""),
  text('{"id": '),
  text("null"),
  text("false"),
  text("0"),
  text('"text"'),
  text("[]"),
  text('{"args":[1e999,-1e999,123456789012345678901234567890]}'),
  text('{"id":"fuzz-1","id":"fuzz-2","method":"book"}'),
  text("\ufeff{}"),
  text("\u0000"),
  text('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
  text(`{"args":${"[".repeat(50_000)}${"]".repeat(50_000)}}`),
  text("[".repeat(100_000)),
  text(`{"args":[${JSON.stringify(nested(150))}]}`),
  text(`{"args":["${"\\ud800"}"]}`),
  new Uint8Array([0xff, 0xfe, 0x7b, 0x00]),
  new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
];

function bodyOf({ body = {} }: Endpoint, document: OpenApi): fc.Arbitrary<Uint8Array> {
  const valid = fitting(body, document).map((value) => named(value));
  const json = (value: unknown): Uint8Array => text(JSON.stringify(value) ?? "");
  return fc.oneof(
    { weight: 6, arbitrary: valid.map(json) },
    { weight: 6, arbitrary: mutated(valid).map(json) },
    { weight: 2, arbitrary: fc.constantFrom(...ODD_BODIES) },
    fc
      .tuple(valid, fc.constantFrom(...HOSTILE))
      .map(([value, args]) => json({ ...(value as object), args: [args] })),
    fc.uint8Array({ maxLength: 200 }),
  );
}

/** Ids and methods that calls have in common, in place of those that chance gave. */
function named(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { customId, ...rest } = value as { id?: unknown; method?: unknown; customId?: unknown };
  const { id, method } = rest;
  const pick = (name: string, of: unknown): string => {
    const known = KNOWN[name] ?? [];
    return known[String(of).length % known.length] ?? "";
  };
  return {
    ...rest,
    ...(id === undefined && customId !== undefined && { customId }), // either, and never both
    ...(id !== undefined && { id: pick("id", id) }),
    ...(method !== undefined && { method: pick("method", method) }),
  };
}

/** Calls of an API: valid, almost valid and hostile, made from its own description. */
export function callsOf(document: OpenApi): fc.Arbitrary<WireCall> {
  const calls = endpointsOf(document).map((endpoint) => {
    const verb = fc.oneof(
      { weight: 20, arbitrary: fc.constant(endpoint.verb) },
      fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
    );
    const parts = [verb, pathOf(endpoint), queryOf(endpoint, document), headersOf] as const;
    return fc
      .tuple(...parts, bodyOf(endpoint, document))
      .map(([verb, path, query, headers, body]): WireCall => {
        const call = { verb, path: query === "" ? path : `${path}?${query}`, headers };
        return verb === "GET" || verb === "OPTIONS" ? call : { ...call, body };
      });
  });
  const astray = fc
    .array(fc.oneof(segment("id"), segment("tag")), { maxLength: 6 })
    .map((segments): WireCall => ({ verb: "GET", path: `/${segments.join("/")}`, headers: {} }));
  return fc.oneof({ weight: 20, arbitrary: fc.oneof(...calls) }, astray);
}

/** A call whose body is far too large. */
export const LARGE: WireCall = {
  verb: "POST",
  path: "/workflows/Booking",
  headers: { "content-type": "application/json" },
  body: text(`{"args":["${"x".repeat(10_000_000)}"]}`),
};
