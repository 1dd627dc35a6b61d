import type { InstanceMessage } from "../../core/protocol/messages.ts";
import type { Outgoing } from "../../core/protocol/outgoing.ts";
import { hasCode } from "../../core/values/errors.ts";
import type { RunKey } from "../../core/values/ids.ts";
import { isOwnedBy, referenceIn } from "../../core/values/payload.ts";
import type { Instance } from "../../instance/instance.ts";
import type { Payloads } from "../../instance/payloads.ts";
import { wakeOf } from "./early-calls.ts";
import { CLEAN_UP_MS } from "./entry.ts";
import type { Retention } from "./retention.ts";

/** What waits takes this much of an instance's item at most, in characters of JSON, before its values move out. */
const MAX_WAITING_CHARACTERS = 64 * 1024;

/**
 * Gives messages that wait payloads of their own, and moves their values out of the item when together they are large.
 *
 * A payload lives as long as anything that refers to it waits: once there is a run, what waits for its code refers to
 * payloads of the run alone; before, to such as a wake-up comes for.
 *
 * @returns the wake-ups that come for what was put away, if the instance never starts
 */
export async function offloadWaiting(
  instance: Instance,
  payloads: Payloads,
  { retention, now }: { readonly retention: Retention; readonly now: number },
): Promise<readonly Outgoing[]> {
  const { key, state, waiting } = instance;
  if (waiting.length === 0) return [];
  const isHeavy = JSON.stringify(waiting).length > MAX_WAITING_CHARACTERS;
  const light = await Promise.all(
    waiting.map(async (message) => {
      const run = state?.key ?? { ...key, run: message.id };
      const owned = await adopted(payloads, run, message);
      return isHeavy ? payloads.offload(run, owned) : owned;
    }),
  );
  const moved = light.filter((message, index) => message !== waiting[index]);
  instance.waiting = light;
  return moved.flatMap((message) => leftovers(instance, message, { retention, now }));
}

/** A message with a payload of this run; as it is, where that is missing: its turn will tell. */
async function adopted(payloads: Payloads, run: RunKey, message: InstanceMessage): Promise<InstanceMessage> {
  try {
    return await payloads.claim(run, message);
  } catch (error) {
    if (hasCode(error, "PAYLOAD_MISSING")) return message;
    throw error;
  }
}

/**
 * The wake-up that comes for the payload which a message brought along, if nothing else knows of it: its instance may
 * never start, and a start may begin nothing. A far one, however old the message is, and whatever its sender's clock says.
 */
export function leftovers(
  { key, state, waiting }: Instance,
  message: InstanceMessage,
  { retention: { earlyMs, endedMs }, now }: { readonly retention: Retention; readonly now: number },
): readonly Outgoing[] {
  const own = { ...key, run: message.id };
  const reference = referenceIn(message);
  if (!reference || !isOwnedBy(reference, own)) return [];
  const comeAfter = (ms: number) => [wakeOf(own, now + ms + CLEAN_UP_MS, true)];
  if (!state) return waiting.includes(message) ? comeAfter(earlyMs) : [];
  // It may as well have begun a run that another has followed: what that has sent may still be on its way.
  return message.kind === "start" && message.id !== state.key.run ? comeAfter(2 * endedMs) : [];
}

/** Whether a message that waits refers to a payload of this run. */
export function isAwaited(waiting: readonly InstanceMessage[], run: RunKey): boolean {
  return waiting.some((message) => {
    const reference = referenceIn(message);
    return reference !== undefined && isOwnedBy(reference, run);
  });
}
