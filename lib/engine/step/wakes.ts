import type { Outgoing } from "../../core/protocol/outgoing.ts";
import type { Consumed } from "../../ports/state-store.ts";
import type { EngineParts } from "../engine-parts.ts";
import type { Step } from "./step.ts";

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

/** Writes the far wake-ups of a step, before the commit that needs them. */
export async function putWakes({ parts, meter }: Step, wakes: readonly Outgoing[]): Promise<void> {
  for (const wake of wakes) meter.add(await putDue(parts, wake));
}
