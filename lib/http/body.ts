import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { InfiniticError } from "../core/values/errors.ts";
import { readJson } from "../core/values/json.ts";
import { MAX_PAYLOAD_BYTES } from "../core/values/limits.ts";

/** Bytes of a decoded body: the largest value, and what else a call says. */
const MAX_BODY_BYTES = MAX_PAYLOAD_BYTES + 256 * 1024;
/** Far from where recursive code, such as JSON.stringify, runs out of stack. */
const MAX_DEPTH = 200;

/**
 * Reads a request's JSON body; without one it is `{}`.
 *
 * @throws InfiniticError `BODY_TOO_LARGE`, `INVALID_JSON`
 */
export function readBody(event: Pick<APIGatewayProxyEventV2, "body" | "isBase64Encoded">): unknown {
  const { isBase64Encoded } = event;
  // serverless-offline gives null where API Gateway leaves the body out, and false and 0 in place of their texts.
  const body = String(event.body ?? "");
  const bytes = Buffer.byteLength(body, isBase64Encoded ? "base64" : "utf8");
  if (bytes > MAX_BODY_BYTES) {
    throw new InfiniticError(
      "BODY_TOO_LARGE",
      `expected a body of at most ${MAX_BODY_BYTES} bytes, got ${bytes}`,
    );
  }
  const text = isBase64Encoded ? decodeText(Buffer.from(body, "base64")) : body;
  return text.trim() === "" ? {} : parseJson(text);
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf8", { fatal: true }).decode(bytes);
  } catch {
    throw new InfiniticError("INVALID_JSON", "expected a body of JSON in UTF-8, got other bytes");
  }
}

/**
 * Parses JSON that a caller sent.
 *
 * @throws InfiniticError `INVALID_JSON`
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = readJson(text);
  } catch (error) {
    throw new InfiniticError("INVALID_JSON", `expected JSON, got: ${String(error).slice(0, 200)}`);
  }
  const expected = expectedOf(value);
  if (expected !== undefined) throw new InfiniticError("INVALID_JSON", `expected ${expected}`);
  return value;
}

/** What parsed JSON should have been: undefined when it is a value that can be passed on as it is. */
function expectedOf(value: unknown): string | undefined {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return `JSON nested at most ${MAX_DEPTH} deep, got deeper`;
    // Parsed to infinity, which JSON would pass on as null.
    if (level.some((item) => typeof item === "number" && !Number.isFinite(item)))
      return "numbers that a double can hold, got one that is too large";
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
  }
  return undefined;
}
