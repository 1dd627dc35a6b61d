import type { RunKey } from "../core/ids.ts";
import type { InstanceMessage } from "../core/messages.ts";
import { isOwnedBy, referenceIn } from "../core/payload.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Instance } from "./instance.ts";
import type { UsageMeter } from "./usage-meter.ts";

/**
 * Deletes what no run needs any more.
 *
 * The chunks and payloads of a run that is gone, orphans included: they have no clock of their own, so a wake-up at the
 * end of the retention comes for them. A run is gone when the store has no live item of it; what it has sent is then
 * long done, as it may not be when another run follows at once. And the payload that a message from outside brought
 * along, kept under the message's id: the run has adopted it, or will never want it. A start's is its run's.
 */
export async function cleanUp(
  { stateStore, payloads }: Pick<EngineParts, "stateStore" | "payloads">,
  { key, state, waiting }: Instance,
  messages: readonly InstanceMessage[],
  meter: UsageMeter,
): Promise<void> {
  for (const message of messages) {
    if (message.kind === "wake" && message.cleansUp && message.run !== state?.key.run) {
      meter.add(await stateStore.deleteRun(key, message.run));
      await payloads.deleteRun({ ...key, run: message.run });
    }
    const own: RunKey = { ...key, run: message.id };
    const reference = message.kind === "start" ? undefined : referenceIn(message);
    const isDone = waiting.every(({ id }) => id !== message.id);
    if (reference && isDone && isOwnedBy(reference, own)) await payloads.deleteRun(own);
  }
}
