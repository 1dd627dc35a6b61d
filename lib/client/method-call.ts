import type { Check } from "../core/check.ts";
import { type Duration, toMs } from "../core/duration.ts";
import type { WorkflowNames } from "../core/remote-errors.ts";
import { admit } from "./admit.ts";
import type { Api, ApiRequest } from "./api.ts";
import { MethodHandle } from "./method-handle.ts";
import { outcomeOf, waitForEnd, waitWithin } from "./outcome.ts";

/** A POST that runs a method: of a new instance, or of one that exists. */
export interface MethodCall {
  readonly path: string;
  readonly body: { readonly args: readonly unknown[]; readonly [field: string]: unknown };
  readonly sent: Check | undefined;
  readonly received: Check | undefined;
  /** `workflowId` is empty while only the API knows it. */
  readonly names: WorkflowNames;
}

/** Runs a method and hands back what stands for it. */
export async function dispatchMethod<R>(api: Api, call: MethodCall): Promise<MethodHandle<R>> {
  const { names } = await post(api, call, undefined);
  return new MethodHandle<R>(api, names, call.received);
}

/** Runs a method and waits for its end. */
export async function runMethod(api: Api, call: MethodCall, timeout: Duration | undefined): Promise<unknown> {
  const timeoutMs = timeout === undefined ? Infinity : toMs(timeout);
  const deadline = api.clock.now() + timeoutMs;
  const { answer, names } = await post(api, call, waitWithin(timeoutMs));
  const result = answer.status === 200 ? outcomeOf(answer, names) : await waitForEnd(api, names, deadline);
  return call.received ? call.received.parse(result) : result;
}

async function post(api: Api, { path, body, names, sent }: MethodCall, waitSeconds: number | undefined) {
  await admit(sent, body.args);
  const idempotencyKey = crypto.randomUUID();
  const request: ApiRequest = { method: "POST", path, body, names, idempotencyKey, waitSeconds };
  const answer = await api.call(request);
  const { workflowId, methodId } = answer.body as { readonly workflowId: string; readonly methodId: string };
  return { answer, names: { ...names, workflowId, methodId } };
}
