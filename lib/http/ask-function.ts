import type { Clock } from "../ports/clock.ts";
import type { FunctionInvoker, InvokeOutcome } from "../ports/function-invoker.ts";

/**
 * Asks a function that changes nothing, once more where the connection broke within the time: a function that slept
 * has connections which the other side has closed meanwhile.
 */
export async function askFunction(
  { invoker, clock }: { readonly invoker: FunctionInvoker; readonly clock: Clock },
  functionName: string,
  request: object,
  timeoutMs: number,
): Promise<InvokeOutcome> {
  const payload = JSON.stringify(request);
  const deadline = clock.now() + timeoutMs;
  const outcome = await invoker.invoke(functionName, payload, { timeoutMs });
  const leftMs = deadline - clock.now();
  if (outcome.kind !== "unavailable" || leftMs <= 0) return outcome;
  return invoker.invoke(functionName, payload, { timeoutMs: leftMs });
}
