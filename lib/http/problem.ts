import { type ErrorCode, InfiniticError } from "../core/values/errors.ts";
import type { Failure } from "../core/values/failure.ts";
import type { Answer } from "./answer.ts";

/** One thing that is wrong with a request, as in RFC 9457's own example. */
export interface Flaw {
  readonly detail: string;
  /** Where: a JSON pointer as a URI fragment, `#/args/0`. */
  readonly pointer?: string;
}

/** What a problem may say beside its code and detail. */
export interface ProblemFacts {
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
  readonly errors?: readonly Flaw[];
  /** What workflow code threw. */
  readonly error?: Failure;
}

/** An error that says more about the HTTP answer than its code does. */
export class ProblemError extends InfiniticError {
  readonly facts: ProblemFacts;

  constructor(code: ErrorCode, detail: string, facts: ProblemFacts) {
    super(code, detail);
    this.facts = facts;
  }
}

/** What a code means in HTTP. */
interface Kind {
  readonly status: number;
  readonly title: string;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number;
}

/** What callers are told; every other error is {@link INTERNAL}, and its details stay in the log. */
export const KINDS: { readonly [code in ErrorCode]?: Kind } = {
  INVALID_REQUEST: { status: 400, title: "The request is not what the call takes" },
  SCHEMA_MISMATCH: { status: 400, title: "A value does not fit the contract" },
  INVALID_JSON: { status: 400, title: "The body is not JSON" },
  UNKNOWN_ROUTE: { status: 404, title: "The API has no such call" },
  UNKNOWN_WORKFLOW: { status: 404, title: "No such workflow is deployed" },
  UNKNOWN_SERVICE: { status: 404, title: "No such service is deployed" },
  TASK_UNKNOWN: { status: 404, title: "No such task is known" },
  WORKFLOW_UNKNOWN: { status: 404, title: "No such instance is known" },
  UNKNOWN_METHOD: { status: 404, title: "The workflow has no such method" },
  UNKNOWN_CHANNEL: { status: 404, title: "The workflow has no such channel" },
  UNKNOWN_QUERY: { status: 404, title: "The workflow has no such query" },
  TASK_ENDED: { status: 409, title: "The task has an outcome" },
  WORKFLOW_ENDED: { status: 409, title: "The instance has ended" },
  WORKFLOW_CHANGED: { status: 409, title: "The workflow's code does not fit the instance's history" },
  UNKNOWN_RULES: { status: 409, title: "A later version began the instance" },
  UNKNOWN_WORKFLOW_VERSION: { status: 409, title: "The instance's version is not deployed" },
  BODY_TOO_LARGE: { status: 413, title: "The body is too large" },
  PAYLOAD_TOO_LARGE: { status: 413, title: "The value is too large" },
  RESULT_TOO_LARGE: { status: 413, title: "The result is too large to answer as it is" },
  MESSAGE_TOO_LARGE: { status: 413, title: "The message is too large" },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: "The key was used for another call" },
  QUERY_FAILED: { status: 422, title: "The query threw an error" },
  INVALID_QUERY: { status: 422, title: "The query did more than read" },
  FUNCTION_UNAVAILABLE: { status: 503, title: "The workflow's function does not answer", retryAfter: 1 },
  BROKER_UNAVAILABLE: { status: 503, title: "The broker does not answer", retryAfter: 1 },
  STORE_THROTTLED: { status: 503, title: "The store asks for patience", retryAfter: 1 },
  ENCRYPTION_KEY_UNAVAILABLE: { status: 503, title: "The key of values is not to be had", retryAfter: 1 },
  STORE_UNAVAILABLE: { status: 503, title: "The store does not answer", retryAfter: 1 },
};
const INTERNAL: Kind = { status: 500, title: "Something failed that should not" };

/** Converts whatever a route threw to a problem of RFC 9457. */
export function problemOf(thrown: unknown, requestId: string): Answer {
  const known = thrown instanceof InfiniticError ? KINDS[thrown.code] : undefined;
  if (known === undefined || !(thrown instanceof InfiniticError)) {
    const detail = "expected an answer, got an error that is in the log";
    return answerOf("INTERNAL", INTERNAL, detail, {}, { instance: `urn:uuid:${requestId}` });
  }
  const facts = thrown instanceof ProblemError ? thrown.facts : {};
  const { errors, error } = facts;
  return answerOf(thrown.code, known, thrown.message, facts, {
    ...(errors && { errors }),
    ...(error && { error }),
  });
}

function answerOf(code: ErrorCode, kind: Kind, detail: string, facts: ProblemFacts, more: object): Answer {
  const { title, retryAfter } = kind;
  const status = facts.status ?? kind.status;
  const type = `urn:infinitic:error:${code.toLowerCase().replaceAll("_", "-")}`;
  return {
    status,
    headers: {
      "content-type": "application/problem+json",
      ...(retryAfter !== undefined && { "retry-after": String(retryAfter) }),
      ...facts.headers,
    },
    body: { type, title, status, detail, code, ...more },
  };
}
