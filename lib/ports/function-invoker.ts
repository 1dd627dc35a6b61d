/** What became of an invocation. Every case is told apart, because each has another remedy. */
export type InvokeOutcome =
  /** The function answered; `payload` is its JSON text. */
  | { readonly kind: "answered"; readonly payload: string }
  /** Refused by a concurrency limit (HTTP 429): not an attempt, try later. */
  | { readonly kind: "throttled" }
  /** The function threw, ran out of memory or exited: perhaps because of what it was sent. */
  | { readonly kind: "died"; readonly errorType: string; readonly message: string }
  /** No answer within the timeout; the function may still be running. */
  | { readonly kind: "timed-out" }
  /** The request exceeds what the platform takes; nothing ran. */
  | { readonly kind: "too-large" }
  /** The platform could not be reached, or failed (HTTP 5xx): nothing is known of the function. */
  | { readonly kind: "unavailable"; readonly message: string }
  /** No such function, or access denied: waits for a person. */
  | { readonly kind: "misconfigured"; readonly message: string };

/** Calls functions. Makes one attempt: retrying is the caller's. */
export interface FunctionInvoker {
  /**
   * Invokes a function and waits for its answer. Never rejects.
   *
   * @param functionName the deployed name
   * @param payload JSON text
   * @param options `timeoutMs`: above the function's own timeout
   */
  invoke(
    functionName: string,
    payload: string,
    options: { readonly timeoutMs: number },
  ): Promise<InvokeOutcome>;
}
