import { randomUUID } from "node:crypto";
import { failureOf } from "../../core/values/failure.ts";
import { isError } from "../../core/values/thrown.ts";
import type { Clock } from "../../ports/clock.ts";
import type { FunctionInvoker, InvokeOutcome } from "../../ports/function-invoker.ts";
import { fitsInvocation } from "../invocation-limit.ts";
import { systemClock } from "../system-clock.ts";

/** The part of Lambda's context object that functions here may rely on. */
export interface HandlerContext {
  readonly functionName: string;
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** A function as Lambda calls it: event in, JSON-compatible value out. */
export type Handler = (event: never, context: HandlerContext) => unknown;

/** What the platform sets per function; each is unlimited when absent. */
export interface FunctionLimits {
  /** The function's own timeout: exceeding it is a death, as on Lambda. */
  readonly timeoutMs?: number;
  /** Invocations at once (Lambda's reserved concurrency): one more is throttled. */
  readonly concurrency?: number;
}

/** By function name. */
export interface HostedFunctions {
  readonly handlers: { readonly [functionName: string]: Handler };
  readonly limits?: { readonly [functionName: string]: FunctionLimits };
}

/**
 * Calls functions of this process, as Lambda would: nothing is shared by reference, and a failure is an outcome.
 *
 * Unlike a sandbox, a handler that exceeded its timeout goes on; its late answer is dropped.
 */
export class MemoryFunctionInvoker implements FunctionInvoker {
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #limits: ReadonlyMap<string, FunctionLimits>;
  readonly #clock: Clock;
  readonly #running = new Map<string, number>();

  constructor({ handlers, limits = {}, clock = systemClock }: HostedFunctions & { readonly clock?: Clock }) {
    this.#handlers = new Map(Object.entries(handlers));
    this.#limits = new Map(Object.entries(limits));
    this.#clock = clock;
  }

  async invoke(
    functionName: string,
    payload: string,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<InvokeOutcome> {
    const handler = this.#handlers.get(functionName);
    if (handler === undefined) {
      return { kind: "misconfigured", message: `Function not found: ${functionName}` };
    }
    if (!fitsInvocation(payload)) return { kind: "too-large" };
    const limits = this.#limits.get(functionName) ?? {};
    const running = this.#running.get(functionName) ?? 0;
    if (running >= (limits.concurrency ?? Infinity)) return { kind: "throttled" };

    this.#running.set(functionName, running + 1);
    const ownTimeoutMs = limits.timeoutMs ?? Infinity;
    const deadline = this.#clock.now() + Math.min(ownTimeoutMs, timeoutMs);
    const context: HandlerContext = {
      functionName,
      awsRequestId: randomUUID(),
      getRemainingTimeInMillis: () => Math.max(0, deadline - this.#clock.now()),
    };
    const sandboxTimedOut = died("Sandbox.Timedout", `Task timed out after ${ownTimeoutMs / 1000} seconds`);
    const run = this.#within(ownTimeoutMs, call(handler, payload, context), sandboxTimedOut);
    const done = run.finally(() =>
      this.#running.set(functionName, (this.#running.get(functionName) ?? 1) - 1),
    );
    return this.#within(timeoutMs, done, { kind: "timed-out" });
  }

  async #within(ms: number, work: Promise<InvokeOutcome>, late: InvokeOutcome): Promise<InvokeOutcome> {
    if (ms === Infinity) return work;
    const timer = new AbortController();
    const timeout = this.#clock.sleep(ms, timer.signal).then(
      () => late,
      () => work,
    );
    const outcome = await Promise.race([work, timeout]);
    timer.abort();
    return outcome;
  }
}

async function call(handler: Handler, payload: string, context: HandlerContext): Promise<InvokeOutcome> {
  let event: unknown;
  try {
    event = JSON.parse(payload);
  } catch {
    return { kind: "misconfigured", message: "Could not parse request body into json" };
  }
  try {
    // What a function accepts is its own affair: the wire carries any JSON.
    const answer = JSON.stringify((await handler(event as never, context)) ?? null) ?? "null";
    if (fitsInvocation(answer)) return { kind: "answered", payload: answer };
    return died(
      "Function.ResponseSizeTooLarge",
      "Response payload size exceeded maximum allowed payload size",
    );
  } catch (thrown) {
    const { name, message } = failureOf(thrown);
    return died(isError(thrown) ? name : typeof thrown, message);
  }
}

function died(errorType: string, message: string): InvokeOutcome {
  return { kind: "died", errorType, message };
}
