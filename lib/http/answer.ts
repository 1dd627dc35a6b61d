import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";

/** What a call answers: `body` becomes JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: { readonly [name: string]: string };
}

/** Writes an answer in API Gateway's payload format 2.0. */
export function toGatewayResult({ status, body, headers }: Answer): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
    body: JSON.stringify(body),
  };
}
