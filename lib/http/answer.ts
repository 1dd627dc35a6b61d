import { gzipSync } from "node:zlib";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { InfiniticError } from "../core/values/errors.ts";

/** What a call answers: `body` becomes JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: { readonly [name: string]: string };
}

/** A longer body is compressed, for whoever takes that. */
const MAX_PLAIN_CHARACTERS = 1_000_000;
/** Lambda takes 6 MB of JSON, in which the body is a text: each quote in it takes two bytes. */
const MAX_RESULT_BYTES = 5_900_000;

/**
 * Writes an answer in API Gateway's payload format 2.0.
 *
 * @param acceptEncoding the caller's header of that name
 * @throws InfiniticError `RESULT_TOO_LARGE` when Lambda would not take it
 */
export function toGatewayResult(
  { status, body, headers }: Answer,
  acceptEncoding = "",
): APIGatewayProxyStructuredResultV2 {
  const text = JSON.stringify(body);
  const plain = {
    statusCode: status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
    body: text,
  };
  if (text.length <= MAX_PLAIN_CHARACTERS) return plain;
  if (/\bgzip\b/.test(acceptEncoding)) {
    return {
      ...plain,
      headers: { ...plain.headers, "content-encoding": "gzip" },
      body: gzipSync(text).toString("base64"),
      isBase64Encoded: true,
    };
  }
  const bytes = Buffer.byteLength(JSON.stringify(text));
  if (bytes <= MAX_RESULT_BYTES) return plain;
  throw new InfiniticError(
    "RESULT_TOO_LARGE",
    `expected at most ${MAX_RESULT_BYTES} bytes to answer, got ${bytes}: ask again with Accept-Encoding: gzip`,
  );
}
