import { type Duration, toTimeoutMs } from "../core/values/duration.ts";
import { InfiniticError } from "../core/values/errors.ts";
import { exponentialBackoff, type RetryPolicy } from "../core/values/retry.ts";
import { show } from "../core/values/show.ts";
import type { BatchedImplementation, BatchedMethods } from "./batched.ts";
import { findMethod } from "./call.ts";
import { type DelegatedMethods, type DelegatedOptions, type Delegation, delegationOf } from "./delegated.ts";
import type { TaskInterceptor } from "./task-interceptor.ts";

export interface ServiceOptions<S> {
  /** Default: exponential backoff, 11 retries from 1 s. `noRetry` turns retries off. */
  readonly retry?: RetryPolicy;
  /** Of one attempt; bounded by what the function has left. Default: 15 minutes. */
  readonly timeout?: Duration;
  /**
   * Methods that are called once for many tasks: all those of one invocation that have one `batchKey` (a text in the
   * task's meta; those without one go together). The implementation's method of that name is then not called.
   *
   * How many tasks come in one invocation is the event's `batchSize` and `lingerMs`.
   */
  readonly batched?: BatchedMethods<S>;
  /**
   * Methods that only hand a task over: when one returns, its value is ignored, and the task stays open until it is
   * completed or failed through the client. An attempt that throws has failed, as any other.
   */
  readonly delegated?: DelegatedMethods<S>;
  /** Code around each call of the implementation, the first one outermost. Default: none. */
  readonly interceptors?: readonly TaskInterceptor[];
}

/** Options with every default filled in. */
export interface CheckedServiceOptions {
  readonly retry: RetryPolicy;
  readonly timeoutMs: number;
  readonly batched: ReadonlyMap<string, BatchedImplementation>;
  readonly delegated: ReadonlyMap<string, Delegation>;
  readonly interceptors: readonly TaskInterceptor[];
}

/** As long as a function may run. */
export const LONGEST_ATTEMPT_MS = 15 * 60_000;

const KEYS: readonly string[] = [
  "retry",
  "timeout",
  "batched",
  "delegated",
  "interceptors",
] satisfies (keyof ServiceOptions<object>)[];

/**
 * Checks options and fills in defaults.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkServiceOptions<S>(
  options: ServiceOptions<S>,
  implementation: object,
): CheckedServiceOptions {
  const unknown = Object.keys(options).filter((key) => !KEYS.includes(key));
  if (unknown.length > 0) throw invalid(`options ${KEYS.join(", ")}`, unknown.join(", "));
  const {
    retry = exponentialBackoff(),
    timeout = LONGEST_ATTEMPT_MS,
    batched = {},
    delegated = {},
    interceptors = [],
  } = options;
  for (const name of Object.keys({ ...batched, ...delegated })) {
    if (!findMethod(implementation, name)) throw invalid("methods of the service only", name);
  }
  if (typeof retry !== "function") throw invalid("retry to be a policy", show(retry));
  for (const [name, method] of Object.entries(batched)) {
    if (typeof method !== "function") throw invalid(`batched ${name} to be a function`, typeof method);
  }
  const delegations = Object.entries(delegated) as [string, true | DelegatedOptions][]; // the keys are checked above
  return {
    retry,
    timeoutMs: toTimeoutMs(timeout),
    // The types of arguments and results hold by contract: what comes over the wire is JSON.
    batched: new Map(Object.entries(batched) as [string, BatchedImplementation][]),
    delegated: new Map(delegations.map(([name, how]) => [name, delegationOf(name, how)])),
    interceptors: checkInterceptors(interceptors),
  };
}

function checkInterceptors(interceptors: readonly TaskInterceptor[]): readonly TaskInterceptor[] {
  if (Array.isArray(interceptors) && interceptors.every((one) => typeof one === "function")) {
    return interceptors;
  }
  throw invalid("interceptors to be a list of functions", show(interceptors));
}

function invalid(expected: string, got: string): InfiniticError {
  return new InfiniticError("INVALID_OPTION", `expected ${expected}, got ${got}`);
}
