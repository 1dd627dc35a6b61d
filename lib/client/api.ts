import { InfiniticError } from "../core/values/errors.ts";
import { intercept } from "../core/values/intercept.ts";
import { type MessageHeaders, toHeaders } from "../core/values/message-headers.ts";
import { checkKeys } from "../core/values/option-keys.ts";
import type { WorkflowNames } from "../core/values/remote-errors.ts";
import { textOfThrown } from "../core/values/thrown.ts";
import {
  type ClientAnswer,
  type ClientClock,
  type ClientHeaders,
  type ClientOptions,
  machineClock,
} from "./client-options.ts";
import { problemError } from "./problem-error.ts";

/** One call of the API. */
export interface ApiRequest {
  readonly method: "GET" | "POST";
  /** From `/workflows` on, encoded. */
  readonly path: string;
  readonly body?: unknown;
  /** The same on every try: the API does the call once. */
  readonly idempotencyKey?: string;
  /** How long the API may hold its answer back. */
  readonly waitSeconds?: number | undefined;
  /** Which instance the call is about, for its errors. */
  readonly names?: WorkflowNames;
  readonly signal?: AbortSignal;
}

interface Received {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

const RETRIED: readonly number[] = [429, 502, 503, 504];
const MAX_RETRIES = 4;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** Beyond the wait that was asked for: API Gateway itself gives up after 30 s. */
const PATIENCE_MS = 15_000;

/** Calls the API: asks again, with the same Idempotency-Key, when it could not be reached or asks for patience. */
export class Api {
  readonly clock: ClientClock;
  readonly #base: string;
  readonly #options: ClientOptions;

  /** @throws InfiniticError `INVALID_OPTION` */
  constructor(options: ClientOptions) {
    checkKeys(options, ["url", "auth", "headers", "fetch", "clock", "interceptors"]);
    this.#base = baseOf(options.url);
    this.#options = options;
    this.clock = options.clock ?? machineClock;
  }

  /**
   * Resolves with an answer of the 200s.
   *
   * @throws InfiniticError of the problem's code; `API_UNAVAILABLE`
   */
  async call(request: ApiRequest): Promise<ClientAnswer> {
    const { interceptors = [] } = this.#options;
    const { method, path } = request;
    const call = { method, path, headers: {} };
    return intercept(interceptors, call, () => this.#call(request, call.headers));
  }

  async #call(request: ApiRequest, travelling: MessageHeaders): Promise<ClientAnswer> {
    const headers = Object.keys(travelling).length === 0 ? undefined : toHeaders(travelling);
    const body = request.body === undefined ? undefined : textOf(request.body);
    for (let tries = 0; ; tries++) {
      const got = await this.#send(request, body, headers);
      const isFinal = tries === MAX_RETRIES || !(got instanceof Error || RETRIED.includes(got.status));
      if (isFinal && !(got instanceof Error)) return readAnswer(got, request.names);
      if (isFinal) {
        const detail = `expected an answer from ${this.#base}, got ${String(got)}`;
        throw new InfiniticError("API_UNAVAILABLE", detail, { cause: got });
      }
      await this.clock.sleep(delayOf(got, tries), request.signal);
    }
  }

  /** Makes one try; an error returned, not thrown, is one that another try may not have. */
  async #send(
    request: ApiRequest,
    body: string | undefined,
    travelling: MessageHeaders | undefined,
  ): Promise<Received | Error> {
    const { fetch = globalThis.fetch } = this.#options;
    const { method, path, signal, waitSeconds = 0 } = request;
    const headers = {
      ...(await this.#headers(request, body !== undefined)),
      ...(travelling && method === "POST" && { "infinitic-headers": asciiOf(travelling) }),
    };
    const answered = new AbortController();
    // Of the caller's signal and of the clock: AbortSignal.any is not everywhere where fetch is.
    const given = new AbortController();
    const giveUp = (): void => given.abort(signal?.reason);
    if (signal?.aborted) giveUp();
    signal?.addEventListener("abort", giveUp);
    const patienceMs = waitSeconds * 1_000 + PATIENCE_MS;
    this.clock.sleep(patienceMs, answered.signal, this.clock.now() + patienceMs).then(
      () => given.abort(new InfiniticError("API_UNAVAILABLE", `no answer within ${patienceMs} ms`)),
      () => undefined,
    );
    try {
      const response = await fetch(`${this.#base}${path}`, {
        method,
        headers,
        signal: given.signal,
        ...(body !== undefined && { body }),
      });
      const { status } = response;
      return { status, retryAfter: response.headers.get("retry-after"), text: await response.text() };
    } catch (thrown) {
      if (signal?.aborted) throw signal.reason;
      return thrown instanceof Error ? thrown : new InfiniticError("API_UNAVAILABLE", String(thrown));
    } finally {
      answered.abort();
      signal?.removeEventListener("abort", giveUp);
    }
  }

  async #headers({ idempotencyKey, waitSeconds }: ApiRequest, hasBody: boolean): Promise<ClientHeaders> {
    const { auth, headers } = this.#options;
    return {
      ...headers,
      accept: "application/json, application/problem+json",
      ...(hasBody && { "content-type": "application/json" }),
      ...(auth !== undefined && { authorization: typeof auth === "string" ? auth : await auth() }),
      ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
      ...(waitSeconds !== undefined && { prefer: `wait=${waitSeconds}` }),
    };
  }
}

/** JSON as an HTTP header can carry it. */
function asciiOf(headers: MessageHeaders): string {
  const escaped = (character: string): string =>
    `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(headers).replace(/[^ -~]/g, escaped);
}

/**
 * The address that paths are appended to.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
function baseOf(given: string | URL): string {
  let url: URL | undefined;
  try {
    url = new URL(given);
  } catch {
    url = undefined;
  }
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new InfiniticError(
      "INVALID_OPTION",
      `expected the url of the API, http(s)://…, got ${String(given)}`,
    );
  if (url.search !== "" || url.hash !== "")
    throw new InfiniticError("INVALID_OPTION", "expected a url without ? and #, as paths are appended to it");
  if (url.username !== "" || url.password !== "")
    throw new InfiniticError("INVALID_OPTION", "expected no user or password in the url: fetch takes none");
  return url.href.replace(/[/?#]+$/, "");
}

/**
 * Converts a value to JSON; undefined for what JSON leaves out.
 *
 * @throws InfiniticError `INVALID_ARGUMENT`
 */
export function textOf(body: unknown): string | undefined {
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new InfiniticError("INVALID_ARGUMENT", `expected JSON values, got ${textOfThrown(cause)}`, {
      cause,
    });
  }
}

/** What the API asks for, or exponential with jitter. */
function delayOf(got: Received | Error, tries: number): number {
  const asked = got instanceof Error ? null : got.retryAfter;
  const askedMs = asked !== null && /^\d+$/.test(asked) ? Number(asked) * 1_000 : 0;
  const ownMs = FIRST_DELAY_MS * 2 ** tries * (0.5 + Math.random() / 2);
  return Math.min(Math.max(ownMs, askedMs), LONGEST_DELAY_MS);
}

function readAnswer({ status, text }: Received, names: WorkflowNames | undefined): ClientAnswer {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    const detail = `expected JSON from the API, got something else (HTTP ${status})`;
    throw new InfiniticError("API_UNAVAILABLE", detail, { cause });
  }
  if (status >= 200 && status < 300) return { status, body };
  throw problemError(status, body, names);
}
