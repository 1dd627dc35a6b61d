import type { InstanceMessage } from "../../core/protocol/messages.ts";
import type { RunKey } from "../../core/values/ids.ts";
import { isOwnedBy, referenceIn } from "../../core/values/payload.ts";
import type { Instance } from "../../instance/instance.ts";
import type { EngineParts } from "../engine-parts.ts";
import type { UsageMeter } from "../usage-meter.ts";
import { wakeOf } from "./early-calls.ts";
import { CLEAN_UP_MS } from "./entry.ts";
import { isAwaited } from "./offload.ts";
import { putDue } from "./wakes.ts";

/**
 * Deletes what no run needs any more.
 *
 * The chunks and payloads of a run that is gone, orphans included: they have no clock of their own, so a wake-up at the
 * end of the retention comes for them. A run is gone when the store has no live item of it; what it has sent is then
 * long done, as it may not be when another run follows at once. And the payload that a message from outside brought
 * along, kept under the message's id: the run has adopted it, or will never want it. A start's is its run's.
 *
 * Nothing goes that a message refers to which still waits: the wake-up that finds one comes again later.
 */
export async function cleanUp(
  parts: Pick<EngineParts, "stateStore" | "payloads" | "dueStore" | "clock" | "retention">,
  { key, state, waiting }: Instance,
  messages: readonly InstanceMessage[],
  meter: UsageMeter,
): Promise<void> {
  const { stateStore, payloads } = parts;
  for (const message of messages) {
    if (message.kind === "wake" && message.cleansUp && message.run !== state?.key.run) {
      const gone = { ...key, run: message.run };
      if (isAwaited(waiting, gone)) {
        const again = wakeOf(gone, parts.clock.now() + parts.retention.earlyMs + CLEAN_UP_MS, true);
        meter.add(await putDue(parts, again));
        continue;
      }
      meter.add(await stateStore.deleteRun(key, message.run));
      await payloads.deleteRun(gone);
    }
    const own: RunKey = { ...key, run: message.id };
    const reference = message.kind === "start" ? undefined : referenceIn(message);
    if (reference && isOwnedBy(reference, own) && !isAwaited(waiting, own)) await payloads.deleteRun(own);
  }
}
