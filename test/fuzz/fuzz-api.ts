import { Agent, request } from "node:http";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { ERRORS } from "../../lib/core/values/errors.ts";
import { callsOf, LARGE, type WireCall } from "./calls.ts";
import { type Endpoint, endpointsOf, type OpenApi, Validator } from "./open-api.ts";

/** A call that was not answered as the API says that it answers. */
export interface Violation {
  readonly what: string;
  readonly call: string;
  readonly answer: string;
}

/** What came of many calls. */
export interface FuzzReport {
  readonly calls: number;
  /** How often each status was answered. */
  readonly statuses: { readonly [status: string]: number };
  readonly violations: readonly Violation[];
}

interface WireAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const CONCURRENCY = 8;
/** One call in so many has a body of 10 MB. */
const LARGE_EVERY = 500;
const TIMEOUT_MS = 60_000;

/**
 * Calls an API with whatever its own description, and malice, suggest, and judges each answer by that description.
 *
 * @param options `seed`: the same calls again
 */
export async function fuzzApi(
  url: string,
  { calls, seed }: { readonly calls: number; readonly seed: number },
): Promise<FuzzReport> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi;
  const judge = new Judge(document);
  const made = fc
    .sample(callsOf(document), { numRuns: calls, seed })
    .map((call, nth) => (nth % LARGE_EVERY === LARGE_EVERY - 1 ? LARGE : call));
  const statuses: { [status: string]: number } = {};
  const violations: Violation[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  let task = "infinitic-task:none:none:0.0";
  const queue = made.values();
  const work = async (): Promise<void> => {
    for (const call of queue) {
      const meant = { ...call, path: call.path.replace("{task}", encodeURIComponent(task)) };
      try {
        const answer = await send(url, meant, agent);
        statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
        const what = judge.flawOf(meant, answer);
        if (what !== undefined)
          violations.push({ what, call: shown(meant), answer: answer.text.slice(0, 500) });
        task = /"taskId":"([^"]+)"/.exec(answer.text)?.[1] ?? task;
      } catch (error) {
        violations.push({ what: "no answer", call: shown(meant), answer: String(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  agent.destroy();
  return { calls, statuses, violations };
}

/** Judges answers by an API's description. */
class Judge {
  readonly #validator: Validator;
  readonly #endpoints: readonly (Endpoint & { readonly pattern: RegExp })[];

  constructor(document: OpenApi) {
    this.#validator = new Validator(document);
    this.#endpoints = endpointsOf(document).map((endpoint) => ({
      ...endpoint,
      pattern: new RegExp(`^${endpoint.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`),
    }));
  }

  /** Undefined when the answer is one that the API may give to the call. */
  flawOf({ verb, path }: WireCall, { status, type, text }: WireAnswer): string | undefined {
    if (verb === "OPTIONS" && status === 204 && text === "") return undefined;
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return `expected JSON, got status ${status} of ${type}`;
    }
    const problem = status >= 400 ? problemFlaw(status, type, body) : undefined;
    if (problem !== undefined) return problem;
    const { code } = body as { code?: string };
    if (code === "UNKNOWN_ROUTE") return undefined;
    const [pathname = ""] = path.split("?");
    // Servers take dots out of a path, as its standard says.
    const called = [pathname, new URL(`http://api${pathname}`).pathname].flatMap(
      (name) => this.#endpoints.find((one) => one.verb === verb && one.pattern.test(name)) ?? [],
    )[0];
    // What the server itself refuses has no endpoint.
    if (called === undefined) return status < 400 ? `expected a refusal, got ${status}` : undefined;
    const described = called.operation.responses[status];
    if (described === undefined) return `expected a status of ${called.operation.operationId}, got ${status}`;
    const content = described.content[status >= 400 ? "application/problem+json" : "application/json"];
    return content && this.#validator.flawOf(content.schema, body);
  }
}

function problemFlaw(status: number, type: string, body: unknown): string | undefined {
  const { status: told, code = "" } = body as { status?: number; code?: string };
  if (status === 503 && /^(STORE|BROKER|FUNCTION)_/.test(code)) return undefined;
  if (status >= 500) return `expected no failure of the system, got ${status}`;
  if (!type.startsWith("application/problem+json")) return `expected a problem, got ${type}`;
  if (told !== status) return `expected the problem to say ${status}, got ${told}`;
  return Object.hasOwn(ERRORS, code) ? undefined : `expected a code of the catalogue, got ${code}`;
}

/** Sends a call as it stands: no path is mended on the way. */
function send(url: string, { verb, path, headers, body }: WireCall, agent: Agent): Promise<WireAnswer> {
  const { hostname, port } = new URL(url);
  const length = body === undefined ? {} : { "content-length": body.byteLength };
  const { promise, resolve, reject } = Promise.withResolvers<WireAnswer>();
  const options = { hostname, port, path, method: verb, agent, timeout: TIMEOUT_MS };
  const outgoing = request({ ...options, headers: { ...headers, ...length } }, async (response) => {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      const { statusCode = 0, headers } = response;
      resolve({
        status: statusCode,
        type: headers["content-type"] ?? "",
        text: (headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString(),
      });
    } catch (error) {
      reject(error);
    }
  });
  outgoing
    .on("error", reject)
    .on("timeout", () => outgoing.destroy(new Error("expected an answer in a minute")));
  outgoing.end(body);
  return promise;
}

function shown({ verb, path, headers, body }: WireCall): string {
  const sent = body === undefined ? "" : new TextDecoder().decode(body.slice(0, 500));
  return `${verb} ${path.slice(0, 500)} ${JSON.stringify(headers)} ${sent}`;
}
