import { z } from "zod";
import { isId } from "../core/ids.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { parseJson } from "./body.ts";

// What they are given comes out of JSON.parse, so it is JSON: only its shape needs a look.
const json = z.unknown() as z.ZodType<Json>;
const jsonObject = z.record(z.string(), z.unknown()) as unknown as z.ZodType<JsonObject>;
const args = z.array(json).default([]);

/** Names of methods, channels and queries are JavaScript's, so any of its alphabets will do. */
const MEMBER = /^[\p{ID_Start}_$][\p{ID_Continue}$]{0,127}$/u;

/** The name of a method, a channel or a query. */
export const memberName = z.string().regex(MEMBER, "expected a name of a method, channel or query");

/** A workflow id, a message id or a method id: one path segment that every HTTP client leaves as it is. */
export const id = z
  .string()
  .refine(
    (text) => isId(text) && text !== "." && text !== "..",
    'expected 1 to 128 letters, digits or "._~@-", and neither "." nor ".."',
  );

export const startBody = z.strictObject({
  id: id.optional(),
  method: memberName.optional(),
  args,
  tags: z.array(z.string().min(1).max(128)).max(100).optional(),
  meta: jsonObject.optional(),
});

export const methodBody = z.strictObject({ args });

export const signalBody = z.strictObject({ signal: json.optional() });

/** All methods of an instance, or one. */
export const methodChoiceBody = z.strictObject({ methodId: id.exactOptional() });

export const retryTasksBody = z.strictObject({
  taskId: z.string().max(600).exactOptional(),
  status: z.enum(["failed", "timedOut"]).exactOptional(),
  service: z.string().max(64).exactOptional(),
});

export const noParameters = z.strictObject({});

export const resultParameters = z.strictObject({ methodId: id.optional() });

export const historyParameters = z.strictObject({
  cursor: z
    .string()
    .regex(/^\d{1,9}$/, "expected a cursor that an earlier page gave")
    .transform(Number)
    .default(0),
  limit: z
    .string()
    .regex(/^([1-9]\d{0,2}|1000)$/, "expected a whole number from 1 to 1000")
    .transform(Number)
    .default(100),
});

export const queryParameters = z.strictObject({
  args: z
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
    .default([]),
});
