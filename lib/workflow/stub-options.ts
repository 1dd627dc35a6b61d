import { type CheckedCallOptions, checkCallOptions } from "../core/contract/call-options.ts";
import { type Duration, toMs } from "../core/values/duration.ts";
import { checkWorkflowId } from "../core/values/ids.ts";
import type { JsonObject } from "../core/values/json.ts";
import { MAX_META_BYTES } from "../core/values/limits.ts";
import { checkSize } from "../core/values/payload.ts";
import { copyJson } from "../runtime/json-copy.ts";
import { holds } from "../runtime/scope.ts";

interface StubOptions {
  readonly timeout?: Duration;
  readonly tags?: readonly string[];
  readonly meta?: JsonObject;
}

/**
 * Checks what a stub is made with, as the run's rules have it.
 *
 * @throws InfiniticError `INVALID_OPTION`; `PAYLOAD_TOO_LARGE` for meta over 64 KB
 */
export function stubOptions(options: StubOptions, others: readonly string[] = []): CheckedCallOptions {
  if (holds("optionsAreChecked")) return checkCallOptions(options, others);
  const { timeout, tags, meta } = options;
  if (meta) checkSize(JSON.stringify(meta), "meta", MAX_META_BYTES);
  return {
    ...(timeout !== undefined && { timeoutMs: toMs(timeout) }),
    ...(tags && { tags: [...tags] }),
    ...(meta && { meta: copyJson(meta) }),
  };
}

/** @throws InfiniticError `INVALID_OPTION` */
export function checkStubId(workflowId: string): string {
  if (holds("optionsAreChecked")) return checkWorkflowId(workflowId);
  checkWorkflowId(String(workflowId));
  return workflowId;
}
