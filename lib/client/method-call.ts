import { type Duration, toMs } from "../core/duration.ts";
import type { WorkflowNames } from "../core/remote-errors.ts";
import type { Api, ApiRequest } from "./api.ts";
import { MethodHandle } from "./method-handle.ts";
import { outcomeOf, waitForEnd, waitWithin } from "./outcome.ts";

/** A POST that runs a method: of a new instance, or of one that exists. */
export interface MethodCall {
  readonly path: string;
  readonly body: unknown;
  /** `workflowId` is empty while only the API knows it. */
  readonly names: WorkflowNames;
}

/** Runs a method and hands back what stands for it. */
export async function dispatchMethod<R>(api: Api, call: MethodCall): Promise<MethodHandle<R>> {
  const { names } = await post(api, call, undefined);
  return new MethodHandle<R>(api, names);
}

/** Runs a method and waits for its end. */
export async function runMethod(api: Api, call: MethodCall, timeout: Duration | undefined): Promise<unknown> {
  const timeoutMs = timeout === undefined ? Infinity : toMs(timeout);
  const deadline = api.clock.now() + timeoutMs;
  const { answer, names } = await post(api, call, waitWithin(timeoutMs));
  return answer.status === 200 ? outcomeOf(answer, names) : waitForEnd(api, names, deadline);
}

async function post(api: Api, { path, body, names }: MethodCall, waitSeconds: number | undefined) {
  const idempotencyKey = crypto.randomUUID();
  const request: ApiRequest = { method: "POST", path, body, names, idempotencyKey, waitSeconds };
  const answer = await api.call(request);
  const { workflowId, methodId } = answer.body as { readonly workflowId: string; readonly methodId: string };
  return { answer, names: { ...names, workflowId, methodId } };
}
