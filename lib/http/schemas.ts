import * as z from "zod";
import { isMemberName } from "../core/contract/member-name.ts";
import { type Duration, LONGEST_MS, toMs } from "../core/values/duration.ts";
import { InfiniticError } from "../core/values/errors.ts";
import type { Json, JsonObject } from "../core/values/json.ts";
import { MAX_CUSTOM_ID_CHARACTERS, MAX_TAG_CHARACTERS, MAX_TAGS } from "../core/values/limits.ts";
import { toHeaders } from "../core/values/message-headers.ts";
import { isWellFormed } from "../core/values/tags.ts";
import { parseJson } from "./body.ts";

// What callers send. What schemas of JSON are given comes out of JSON.parse: only its shape needs a look.
export const json = z.unknown().describe("Any JSON value") as unknown as z.ZodType<Json>;
export const jsonObject = z.record(z.string(), z.unknown()) as unknown as z.ZodType<JsonObject>;
export const args = z.array(json).default([]).describe("The method's arguments");

/** The name of a method, a channel or a query. */
export const memberName = z.string().refine(isMemberName, "expected a name of a method, channel or query");

/**
 * A workflow id, a message id or a method id: one path segment that every HTTP client leaves as it is, and none that
 * the API has for itself.
 */
export const id = z
  .string()
  .regex(
    /^(?!(?:\.{1,2}|by-tag)$)[A-Za-z0-9._~@-]{1,128}$/,
    'expected 1 to 128 letters, digits or "._~@-", and none of ".", ".." and "by-tag"',
  );

/** Which run of the id is meant. */
export const runParameter = id
  .optional()
  .describe("The run that a start has answered. Default: whichever the id has now");

/** No other text arrives as it was sent wherever it is part of an address. */
const wellFormed = z.string().refine(isWellFormed, "expected whole characters, got half of a pair");

export const customId = wellFormed.min(1).max(MAX_CUSTOM_ID_CHARACTERS);

export const tag = wellFormed.min(1).max(MAX_TAG_CHARACTERS);
/** A tag in a path, where some gateways would read any other as something else. */
export const plainTag = z
  .string()
  .regex(
    /^[A-Za-z0-9._~@:-]{1,128}$/,
    'expected a tag of letters, digits or "._~@:-" in a path: any other goes into the body, or the query',
  );
export const tags = z.array(tag).max(MAX_TAGS);

/** Becomes milliseconds. */
export const duration = z
  .union([z.number(), z.string()])
  .transform((given: Duration, context) => {
    const ms = msOf(given);
    if (ms > 0 && ms <= LONGEST_MS) return ms;
    context.addIssue('expected a time in milliseconds, or a text such as "8h" or "1m 30s"');
    return z.NEVER;
  })
  .describe('Milliseconds, or a text such as "8h" or "1m 30s"');

/** How long the call waits for the outcome, if it waits: then its `status` is `timedOut`, and the method goes on. */
export const waitTimeout = duration.describe(
  "With `Prefer: wait`: the time after which the answer is `timedOut`; the method goes on",
);

/** How many entries a page has at most. */
export function pageLimit(most: number, usual: number) {
  return z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `expected a whole number from 1 to ${most}`)
    .transform(Number)
    .refine((limit) => limit <= most, `expected a whole number from 1 to ${most}`)
    .default(usual)
    .describe(`Entries a page, at most ${most}. Default: ${usual}`);
}

/**
 * Where a page begins: what the page before it gave. A cursor has a workflow's name, an id and an instant or a run; as
 * any other characters, too, it leaves an address shorter than the 10 KB that gateways take.
 */
export const cursor = z.string().min(1).max(500).describe("What the page before this one gave");

/** Becomes epoch milliseconds. */
export const instant = z
  .string()
  .max(64)
  .transform((text, context) => {
    const at = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text);
    if (!Number.isNaN(at) && isRealDay(text)) return at;
    context.addIssue("expected epoch milliseconds, or an instant such as 2026-11-24T15:00:00Z");
    return z.NEVER;
  })
  .describe("Epoch milliseconds, or an instant of ISO 8601");

/** Whether a day is one of its month: a parser takes February 30 for March 2. */
function isRealDay(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/.exec(text) ?? [];
  if (day === undefined) return true;
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
}

/** Arguments in a query string: a JSON array. */
export const argsParameter = z
  .string()
  .transform((text, context) => {
    try {
      return parseJson(text);
    } catch {
      context.addIssue("expected a JSON array");
      return z.NEVER;
    }
  })
  .pipe(z.array(json))
  .default([])
  .describe("The arguments: a JSON array");

/** What travels with messages, as a header has it: a JSON object. */
export const travellingHeaders = z.string().transform((text, context) => {
  try {
    return toHeaders(parseJson(text));
  } catch (error) {
    context.addIssue(error instanceof InfiniticError ? error.message : "expected a JSON object");
    return z.NEVER;
  }
});

function msOf(given: Duration): number {
  try {
    return toMs(given);
  } catch {
    return 0;
  }
}
