import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { InfiniticError } from "../core/errors.ts";
import { MAX_PAYLOAD_BYTES } from "../core/limits.ts";

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
    value = JSON.parse(text);
  } catch (error) {
    throw new InfiniticError("INVALID_JSON", `expected JSON, got: ${String(error).slice(0, 200)}`);
  }
  if (isDeeperThan(MAX_DEPTH, value)) {
    throw new InfiniticError("INVALID_JSON", `expected JSON nested at most ${MAX_DEPTH} deep, got deeper`);
  }
  return value;
}

function isDeeperThan(depth: number, value: unknown): boolean {
  let level: unknown[] = [value];
  for (let at = 0; at <= depth && level.length > 0; at++) {
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
  }
  return level.length > 0;
}
