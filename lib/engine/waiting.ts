import type { Outgoing } from "../core/emits.ts";
import type { InstanceMessage } from "../core/messages.ts";
import { isOwnedBy, referenceIn } from "../core/payload.ts";
import { wakeOf } from "./early-calls.ts";
import { CLEAN_UP_MS } from "./entry.ts";
import type { Instance } from "./instance.ts";
import type { Payloads } from "./payloads.ts";
import type { Retention } from "./retention.ts";

/** What waits takes this much of an instance's item at most, in characters of JSON, before its values move out. */
const MAX_WAITING_CHARACTERS = 64 * 1024;

/**
 * Moves the values of messages that wait out of the item, when together they are large.
 *
 * @returns the wake-ups that come for what was moved, if the instance never starts
 */
export async function lighten(
  instance: Instance,
  payloads: Payloads,
  retention: Retention,
): Promise<readonly Outgoing[]> {
  const { key, state, waiting } = instance;
  if (waiting.length === 0 || JSON.stringify(waiting).length <= MAX_WAITING_CHARACTERS) return [];
  const light = await Promise.all(
    waiting.map((message) => payloads.lighten(state?.key ?? { ...key, run: message.id }, message)),
  );
  const moved = light.filter((message, index) => message !== waiting[index]);
  instance.waiting = light;
  return moved.flatMap((message) => leftovers(instance, message, retention));
}

/**
 * The wake-up that comes for the payload which a message brought along, if nothing else knows of it: its instance may
 * never start, and a start may begin nothing. A far one.
 */
export function leftovers(
  { key, state, waiting }: Instance,
  message: InstanceMessage,
  { earlyMs, endedMs }: Retention,
): readonly Outgoing[] {
  const own = { ...key, run: message.id };
  const reference = referenceIn(message);
  if (!reference || !isOwnedBy(reference, own)) return [];
  const comeAfter = (ms: number) => [wakeOf(own, message.at + ms + CLEAN_UP_MS, true)];
  if (!state) return waiting.includes(message) ? comeAfter(earlyMs) : [];
  // It may as well have begun a run that another has followed: what that has sent may still be on its way.
  return message.kind === "start" && message.id !== state.key.run ? comeAfter(2 * endedMs) : [];
}
