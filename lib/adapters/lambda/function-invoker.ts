import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { FunctionInvoker, InvokeOutcome } from "../../ports/function-invoker.ts";
import { exchange, type OutgoingRequest } from "../exchange.ts";
import { fitsInvocation } from "../invocation-limit.ts";
import { outcomeOf } from "./outcome.ts";
import { INVOKE_PATH, type LambdaTarget, type RequestTemplate, resolveTemplate } from "./request-template.ts";

// As many connections as calls in flight: a call that queued for one would use up its timeout unsent.
const AGENT_OPTIONS = { keepAlive: true, maxSockets: Infinity, maxFreeSockets: 1024 };

/**
 * Calls functions through Lambda's Invoke API.
 *
 * A connection that breaks while an answer is awaited is `unavailable`: the function may have run, may still be
 * running, or was never reached.
 *
 * @example
 * const invoker = new LambdaFunctionInvoker({ region: "eu-west-1" });
 * const outcome = await invoker.invoke("booking-flights", "{}", { timeoutMs: 35_000 });
 */
export class LambdaFunctionInvoker implements FunctionInvoker {
  readonly #target: LambdaTarget;
  readonly #http = new HttpAgent(AGENT_OPTIONS);
  readonly #https = new HttpsAgent(AGENT_OPTIONS);
  #template: Promise<RequestTemplate> | undefined;

  constructor(target: LambdaTarget = {}) {
    this.#target = target;
  }

  invoke(
    functionName: string,
    payload: string,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<InvokeOutcome> {
    return this.#call(functionName, payload, timeoutMs, {});
  }

  /** Has a function run; it is `answered`, with nothing, once Lambda has taken the request. */
  start(
    functionName: string,
    payload: string,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<InvokeOutcome> {
    return this.#call(functionName, payload, timeoutMs, { "x-amz-invocation-type": "Event" });
  }

  async #call(
    functionName: string,
    payload: string,
    timeoutMs: number,
    more: OutgoingRequest["headers"],
  ): Promise<InvokeOutcome> {
    // Lambda refuses an oversized request before it has read it, and closes: the 413 may never arrive.
    if (!fitsInvocation(payload)) return { kind: "too-large" };
    let request: OutgoingRequest;
    try {
      request = await this.#sign(functionName, payload, more);
    } catch (error) {
      // No region, or no credentials.
      this.#template = undefined;
      return { kind: "misconfigured", message: String(error) };
    }
    const agent = request.protocol === "https:" ? this.#https : this.#http;
    return outcomeOf(await exchange(request, { agent, timeoutMs }));
  }

  /** Closes all connections. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  async #sign(
    functionName: string,
    payload: string,
    more: OutgoingRequest["headers"],
  ): Promise<OutgoingRequest> {
    this.#template ??= resolveTemplate(this.#target);
    const { protocol, hostname, port, basePath, headers, signer } = await this.#template;
    const body = Buffer.from(payload);
    const request = {
      protocol,
      hostname,
      port,
      path: `${basePath}${INVOKE_PATH.prefix}${encodeURIComponent(functionName)}${INVOKE_PATH.suffix}`,
      headers: {
        ...headers,
        ...more,
        "content-type": "application/json",
        "content-length": String(body.length),
      },
      body,
    };
    const signed = await signer.sign({ ...request, method: "POST", query: {} });
    return { ...request, headers: signed.headers };
  }
}
