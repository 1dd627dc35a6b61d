import type { Outgoing } from "../../core/protocol/outgoing.ts";
import type { Consumed } from "../../ports/state-store.ts";
import type { EngineParts } from "../engine-parts.ts";

/**
 * Writes a far wake-up to the due store.
 *
 * Never before the instant of the write, whatever it is for and however long the step has taken: the sweep looks no more
 * at minutes that it has passed.
 */
export function putDue(
  { dueStore, clock }: Pick<EngineParts, "dueStore" | "clock">,
  { topic, key = "", message, deliverAt = 0 }: Outgoing,
): Promise<Consumed> {
  const dueAt = Math.max(deliverAt, clock.now());
  return dueStore.put({ dueAt, id: message.id, topic, key, payload: JSON.stringify(message) });
}
