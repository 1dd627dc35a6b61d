import { oneTimeKey } from "../core/values/timed-id.ts";
import type { ClientClock } from "./client-options.ts";

/** Makes the Idempotency-Key of one call, which its retries share. */
export function newKey(clock: Pick<ClientClock, "now">): string {
  return oneTimeKey(randomUuid(), clock.now());
}

/**
 * Pages that came by plain HTTP have no `crypto.randomUUID`, and some runtimes that have `fetch` no `crypto` at all. A
 * key is no secret: that it is another one each time will do.
 */
function randomUuid(): string {
  const { crypto }: { readonly crypto?: Partial<typeof globalThis.crypto> } = globalThis;
  if (crypto?.randomUUID) return crypto.randomUUID();
  const bytes = Array.from({ length: 16 }, () => Math.floor(Math.random() * 256));
  const random = crypto?.getRandomValues?.(new Uint8Array(16)) ?? bytes;
  const hex = Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}
