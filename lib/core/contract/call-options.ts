import { type Duration, toTimeoutMs } from "../values/duration.ts";
import type { JsonObject } from "../values/json.ts";
import { checkKeys } from "../values/option-keys.ts";
import { toMeta } from "../values/payload.ts";
import { checkTags } from "../values/tags.ts";

/** What a task or an instance is asked for with. */
interface CallOptions {
  readonly timeout?: Duration;
  readonly tags?: readonly string[];
  readonly meta?: JsonObject;
}

/** The same as it travels in messages. */
export interface CheckedCallOptions {
  readonly timeoutMs?: number;
  readonly tags?: readonly string[];
  readonly meta?: JsonObject;
}

/**
 * Checks the options of a call where they are given, as those who read its message will.
 *
 * @param others which options it has beside these
 * @throws InfiniticError `INVALID_OPTION`; `PAYLOAD_TOO_LARGE` for meta over 64 KB
 */
export function checkCallOptions(options: CallOptions, others: readonly string[] = []): CheckedCallOptions {
  checkKeys(options, ["timeout", "tags", "meta", ...others]);
  const { timeout, tags, meta } = options;
  return {
    ...(timeout !== undefined && { timeoutMs: toTimeoutMs(timeout) }),
    ...(tags !== undefined && { tags: checkTags(tags) }),
    ...(meta !== undefined && { meta: toMeta(meta) }),
  };
}
