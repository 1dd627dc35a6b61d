import type { InvokeOutcome } from "../../ports/function-invoker.ts";
import type { Exchanged } from "../exchange.ts";

/** Statuses below 500 that pass by themselves: file systems being mounted, functions being updated. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 409, 410]);

/** Faults of the function's configuration that Lambda answers as 502. */
const CONFIGURATION_FAULT = /^(KMS|Invalid|EC2AccessDenied)/;

/** Reads Lambda's answer: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export function outcomeOf(exchanged: Exchanged): InvokeOutcome {
  if (exchanged.kind !== "response") return exchanged;
  const { status, headers, body } = exchanged;
  if (status >= 300 || status < 200) {
    return refused(status, String(headers["x-amzn-errortype"] ?? ""), body);
  }
  const functionError = headers["x-amz-function-error"];
  if (functionError !== undefined) return died(String(functionError), body);
  return { kind: "answered", payload: body === "" ? "null" : body };
}

function died(functionError: string, body: string): InvokeOutcome {
  const { errorType, errorMessage } = parseObject(body);
  return {
    kind: "died",
    // A sandbox that ran out of time or memory may name no type.
    errorType: typeof errorType === "string" ? errorType : functionError,
    message: typeof errorMessage === "string" ? errorMessage : body,
  };
}

function refused(status: number, type: string, body: string): InvokeOutcome {
  const { message = body, Message = message } = parseObject(body);
  const told = { message: `${status} ${type}: ${Message}` };
  if (status === 429 || type.startsWith("EC2Throttled")) return { kind: "throttled" };
  if (status === 413) return { kind: "too-large" };
  if (status >= 500)
    return { kind: CONFIGURATION_FAULT.test(type) ? "misconfigured" : "unavailable", ...told };
  return { kind: PASSING_STATUSES.has(status) ? "unavailable" : "misconfigured", ...told };
}

function parseObject(text: string): { readonly [key: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
