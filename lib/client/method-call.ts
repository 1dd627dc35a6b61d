import type { Check } from "../core/contract/check.ts";
import { type Duration, toTimeoutMs } from "../core/values/duration.ts";
import type { WorkflowNames } from "../core/values/remote-errors.ts";
import { admit } from "./admit.ts";
import type { Api } from "./api.ts";
import { MethodHandle } from "./method-handle.ts";
import { newKey } from "./new-key.ts";
import { type MethodNames, outcomeOf, waitForEnd } from "./outcome.ts";
import { MAX_WAIT_SECONDS } from "./poll.ts";

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
  const { names } = await post(api, call, 0);
  return new MethodHandle<R>(api, names, call.received);
}

/** Runs a method and waits for its end. */
export async function runMethod(api: Api, call: MethodCall, timeout: Duration | undefined): Promise<unknown> {
  const timeoutMs = timeout === undefined ? Infinity : toTimeoutMs(timeout);
  const deadline = api.clock.now() + timeoutMs;
  const { answer, names } = await post(api, call, timeoutMs);
  const result = answer.status === 200 ? outcomeOf(answer, names) : await waitForEnd(api, names, deadline);
  return call.received ? call.received.parse(result) : result;
}

/** @param timeoutMs how long to wait for the end; the API ends a wait that is over within one request */
async function post(api: Api, { path, body, names, sent }: MethodCall, timeoutMs: number) {
  await admit(sent, body.args);
  const waitSeconds = Math.min(MAX_WAIT_SECONDS, Math.ceil(timeoutMs / 1_000));
  const isShort = waitSeconds > 0 && timeoutMs <= MAX_WAIT_SECONDS * 1_000;
  const answer = await api.call({
    method: "POST",
    path,
    body: { ...body, ...(isShort && { timeout: timeoutMs }) },
    names,
    idempotencyKey: newKey(api.clock),
    ...(waitSeconds > 0 && { waitSeconds }),
  });
  const { workflowId, methodId, run } = answer.body as MethodNames;
  return {
    answer,
    names: { ...names, workflowId, methodId, ...(run !== undefined && { run }) },
  };
}
