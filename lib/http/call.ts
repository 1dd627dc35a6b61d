import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import type * as z from "zod";
import { MESSAGE_FORMAT } from "../core/protocol/messages.ts";
import type { MessageHeaders } from "../core/values/message-headers.ts";
import { timedId } from "../core/values/timed-id.ts";
import { type Address, referenceTo } from "./address.ts";
import type { ApiParts } from "./api-setup.ts";
import { readBody } from "./body.ts";
import { check } from "./check.ts";
import { waitSecondsOf } from "./prefer.ts";
import { ProblemError } from "./problem.ts";
import { id, travellingHeaders } from "./schemas.ts";

/** What a function needs to finish and answer after a wait. */
const MARGIN_MS = 1_000;
const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}(-|$)/;

type CallEvent = APIGatewayProxyEventV2 & { readonly address: Address };

/** One HTTP call, and what its route reads from it: every reader throws a problem where the caller is wrong. */
export class Call {
  readonly parts: ApiParts;
  readonly startedAt: number;
  /** Seconds that the caller would wait, if it said so. */
  readonly waitSeconds: number | undefined;
  /** The operation and what it is done to, in one text: what an Idempotency-Key counts within. */
  scope = "";
  readonly #event: CallEvent;
  readonly #remainingMs: number;
  #messageId: string | undefined;
  #run: string | undefined;

  constructor(parts: ApiParts, event: CallEvent, context: Pick<Context, "getRemainingTimeInMillis">) {
    this.parts = parts;
    this.startedAt = parts.clock.now();
    this.waitSeconds = waitSecondsOf(event.headers["prefer"]);
    this.#event = event;
    this.#remainingMs = context.getRemainingTimeInMillis();
  }

  /** The instant at which the wait is over; the present when the caller does not wait. */
  get deadline(): number {
    const waitMs = (this.waitSeconds ?? 0) * 1_000;
    return this.startedAt + Math.max(0, Math.min(waitMs, this.#remainingMs - MARGIN_MS));
  }

  /** The id of the message that this call sends: of the caller's key and this call's scope, or a new one. */
  get messageId(): string {
    const { idempotencyKey: key, parts } = this;
    this.#messageId ??= key === undefined ? parts.newId() : parts.keyedId(key, this.scope);
    return this.#messageId;
  }

  /** The run that this call begins: the caller's key itself, for nothing else gives an instance its run. */
  get run(): string {
    this.#run ??= this.idempotencyKey ?? timedId(this.parts.newId(), this.parts.clock.now());
    return this.#run;
  }

  /** @throws InfiniticError `INVALID_REQUEST` */
  path<T extends z.ZodType>(name: string, schema: T): z.output<T> {
    return check(schema, this.#segment(name), `{${name}} in the path`);
  }

  /** @throws InfiniticError `INVALID_REQUEST` */
  query<T extends z.ZodType>(schema: T): z.output<T> {
    return check(schema, this.#event.queryStringParameters ?? {}, "the query parameters");
  }

  /** @throws InfiniticError `BODY_TOO_LARGE`, `INVALID_JSON`, `INVALID_REQUEST` */
  body<T extends z.ZodType>(schema: T): z.output<T> {
    return check(schema, readBody(this.#event), "the body");
  }

  /**
   * The caller's key for what this call does, with or without the quotes of a structured header.
   *
   * @throws InfiniticError `INVALID_REQUEST`
   */
  get idempotencyKey(): string | undefined {
    const header = this.#event.headers["idempotency-key"];
    if (header === undefined) return undefined;
    return check(id, header.trim().replace(/^"(.*)"$/, "$1"), "the Idempotency-Key header");
  }

  /** What every message carries that this call sends. `id`: default: the call's. */
  envelope(messageId = this.messageId) {
    const traceparent = this.#event.headers["traceparent"];
    return {
      format: MESSAGE_FORMAT,
      id: messageId,
      at: this.parts.clock.now(),
      ...(traceparent !== undefined && TRACEPARENT.test(traceparent) && { traceparent }),
      ...(this.#travelling && { headers: this.#travelling }),
    };
  }

  /** What travels on with the call's message. */
  get #travelling(): MessageHeaders | undefined {
    const header = this.#event.headers["infinitic-headers"];
    return header === undefined
      ? undefined
      : check(travellingHeaders, header, "the Infinitic-Headers header");
  }

  /** The reference by which the caller finds one of the API's paths. */
  referenceTo(path: string): string {
    return referenceTo(this.#event.address, path);
  }

  #segment(name: string): string {
    const raw = this.#event.pathParameters?.[name] ?? "";
    try {
      return decodeURIComponent(raw);
    } catch {
      throw new ProblemError(
        "INVALID_REQUEST",
        `expected {${name}} in the path to be percent-encoded UTF-8`,
        {},
      );
    }
  }
}
