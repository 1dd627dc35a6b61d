import type { MethodsOf, ServiceDefinition } from "../core/contract/definition.ts";
import type { InvocationReply, InvocationRequest } from "../core/protocol/invocation.ts";
import { InfiniticError } from "../core/values/errors.ts";
import type { Json } from "../core/values/json.ts";
import type { Clock } from "../ports/clock.ts";
import type { PayloadStore } from "../ports/payload-store.ts";
import { runDirectly } from "./attempt.ts";
import { callsOf } from "./call.ts";
import { handleTasks, type ServiceParts } from "./service.ts";
import { checkServiceOptions, LONGEST_ATTEMPT_MS, type ServiceOptions } from "./service-options.ts";

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
  options: ServiceOptions<S>,
  world: { readonly clock: Clock; readonly random: () => number; readonly payloadStore: PayloadStore },
): ServiceHandler {
  const parts = {
    service: service.name,
    schemas: service.schemas,
    implementation: implementation as object,
    ...checkServiceOptions(options, implementation as object),
    ...world,
  };
  return async (request, context) => {
    const leftMs = (context?.getRemainingTimeInMillis() ?? LONGEST_ATTEMPT_MS) - REPLY_MS;
    const bounded = { ...parts, timeoutMs: Math.max(1, Math.min(parts.timeoutMs, leftMs)) };
    return "kind" in request ? handleTasks(bounded, request) : callDirectly(bounded, request);
  };
}

async function callDirectly(parts: ServiceParts, request: DirectCall): Promise<Json | undefined> {
  const { method, args = [] } = request;
  if (typeof method !== "string") {
    const got = JSON.stringify(request);
    throw new InfiniticError(
      "INVALID_REQUEST",
      `expected { method, args } for service ${parts.service}, got ${got}`,
    );
  }
  const taskId = crypto.randomUUID();
  const [call] = callsOf(parts, [{ taskId, method, args }]);
  return call && (await runDirectly(call, parts))(taskId);
}
