import type { MethodsOf, ServiceDefinition } from "../core/definition.ts";
import { type Duration, toMs } from "../core/duration.ts";
import { InfiniticError } from "../core/errors.ts";
import type { InvocationReply, InvocationRequest } from "../core/invocation.ts";
import type { Json } from "../core/json.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { Clock } from "../ports/clock.ts";
import { methodOf, resultOf } from "./attempt.ts";
import { DEFAULT_RETRY, handleTasks } from "./service.ts";

export interface ServiceOptions {
  /** Exponential backoff, 11 retries from 1 s, unless told; `none` turns it off. */
  readonly retry?: RetryPolicy;
  /** Of one attempt; bounded by what the function has left. 15 minutes unless told. */
  readonly timeout?: Duration;
}

/** A direct invocation: runs the method once and returns its value or throws its error. */
export interface DirectCall {
  readonly method: string;
  readonly args?: readonly Json[];
}

/** What the platform tells a function about its invocation. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

/** Answers the bridge's batches, and direct invocations. */
export type ServiceHandler = (
  request: InvocationRequest | DirectCall,
  context?: InvocationContext,
) => Promise<InvocationReply | Json | undefined>;

const LONGEST_ATTEMPT_MS = 15 * 60_000;
/** What is left for the answer when an attempt is cut short by the function's own timeout. */
const REPLY_MS = 500;

/**
 * Makes the handler of a service.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function serviceHandler<S>(
  service: ServiceDefinition<S>,
  implementation: MethodsOf<S>,
  options: ServiceOptions,
  world: { readonly clock: Clock; readonly random: () => number },
): ServiceHandler {
  const unknown = Object.keys(options).filter((key) => key !== "retry" && key !== "timeout");
  if (unknown.length > 0) {
    throw new InfiniticError(
      "INVALID_OPTION",
      `expected options retry and timeout, got ${unknown.join(", ")}`,
    );
  }
  const timeoutMs = options.timeout === undefined ? LONGEST_ATTEMPT_MS : toMs(options.timeout);
  const retry = options.retry ?? DEFAULT_RETRY;
  const parts = {
    service: service.name,
    implementation: implementation as object,
    retry,
    timeoutMs,
    ...world,
  };
  return async (request, context) => {
    if ("kind" in request) {
      const remainingMs = (context?.getRemainingTimeInMillis() ?? LONGEST_ATTEMPT_MS) - REPLY_MS;
      return handleTasks(parts, request, Math.max(1, remainingMs));
    }
    if (typeof request?.method !== "string") {
      const got = JSON.stringify(request);
      throw new InfiniticError(
        "INVALID_REQUEST",
        `expected { method, args } for service ${service.name}, got ${got}`,
      );
    }
    return resultOf(
      await methodOf(parts.implementation, service.name, request.method)(...(request.args ?? [])),
      request.method,
    );
  };
}
